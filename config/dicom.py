"""Settings of the DICOM side that guard it: TLS, and how much a peer may take."""

from config import env

# --- A second port for peers that show a certificate; 0 for none. The three files are PEM.
NODE_DICOM_TLS_PORT = env.integer("NODE_DICOM_TLS_PORT", 0, maximum=65535)
NODE_DICOM_TLS_CERTIFICATE = env.text("NODE_DICOM_TLS_CERTIFICATE")
NODE_DICOM_TLS_KEY = env.text("NODE_DICOM_TLS_KEY")
NODE_DICOM_TLS_CA = env.text("NODE_DICOM_TLS_CA")

# --- Associations at a time, altogether and from one address (0: as many as altogether), and the largest object
NODE_MAXIMUM_ASSOCIATIONS = env.integer("NODE_MAXIMUM_ASSOCIATIONS", 100, minimum=1)
NODE_MAXIMUM_ASSOCIATIONS_PER_HOST = env.integer("NODE_MAXIMUM_ASSOCIATIONS_PER_HOST", 0)
# What a peer must bring on average in the middle of a message, over so many seconds of waiting for it; 0 for any pace
NODE_DICOM_LEAST_BYTES_PER_SECOND = env.integer("NODE_DICOM_LEAST_BYTES_PER_SECOND", 1024)
NODE_DICOM_LEAST_PACE_SECONDS = env.number("NODE_DICOM_LEAST_PACE_SECONDS", 120.0, minimum=10.0)
NODE_DICOM_OBJECT_BYTES_LIMIT = env.integer("NODE_DICOM_OBJECT_BYTES_LIMIT", 4 * 1024**3, minimum=1024**2)
