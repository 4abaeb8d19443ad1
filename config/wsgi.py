"""The WSGI application. It loads model, decoders and the chatbot's words, and does not start without a model."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")  # noqa: TID251 - Django's own entry point
application = get_wsgi_application()

from webapp.chatbot import vocabulary  # noqa: E402 - after the application registry is ready
from webapp.diagnosis import decode_pool  # noqa: E402
from webapp.studies import events, pipeline  # noqa: E402

pipeline.warm_up()
decode_pool.pool().warm_up()
vocabulary.warm_up()
events.tell_now(events.process_started, __name__, name="web")
