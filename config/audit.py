"""Settings of the audit trail: where its messages are sent."""

from config import env

# --- A receiver of DICOM audit messages by syslog over TLS, as HOST:PORT (6514 is the registered port); empty for none
NODE_AUDIT_RECEIVER = env.text("NODE_AUDIT_RECEIVER")
# who must have signed its certificate (PEM); without a file, the authorities of the operating system
NODE_AUDIT_RECEIVER_CA = env.text("NODE_AUDIT_RECEIVER_CA")
# what this node shows of itself there, where the receiver asks (PEM); the key without a password
NODE_AUDIT_RECEIVER_CERTIFICATE = env.text("NODE_AUDIT_RECEIVER_CERTIFICATE")
NODE_AUDIT_RECEIVER_KEY = env.text("NODE_AUDIT_RECEIVER_KEY")
NODE_AUDIT_SEND_SECONDS = env.number("NODE_AUDIT_SEND_SECONDS", 10.0, minimum=0.5)
