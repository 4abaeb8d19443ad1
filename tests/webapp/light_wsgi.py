"""The web side as the server runs it, with the settings of the tests and without the network."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
application = get_wsgi_application()
