"""`python -m cpq.configuration.document` writes the JSON Schema of documents."""

import json
import sys

from cpq.configuration.document import schema

sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
