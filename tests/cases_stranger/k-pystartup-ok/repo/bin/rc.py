import json
import pprint
