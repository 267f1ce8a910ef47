"""How much a file may ask for.

The promise behind the numbers: loading takes at most twice the file's size plus 100 MB of memory
    and, for a
file that is refused, less than five seconds. Every limit is far above what real models need.
"""

MEMBERS = 10_000  # files in an archive; large vocabularies keep one asset each
DIRECTORY_BYTES = 4 << 20  # the archive's table of contents
EXPANSION = 20  # unpacked bytes per stored byte, over the whole archive
SLACK_BYTES = 32 << 20  # what an archive or HDF5 file may unpack to beyond its own size
JSON_DEPTH = 128  # nested containers in a config; 30 models inside each other
OBJECTS = 20_000  # layers, initializers and the like in one config
LAYERS = 5_000  # layers with a name of their own in one config
HDF5_OBJECTS = 20_000  # groups and arrays in a weights file; a thousand layers make 8,000
HDF5_DEPTH = 64  # groups inside groups
UNSAVED_BYTES = 16 << 20  # state a model creates beyond its saved weights: metrics, seeds
THRESHOLDS = 10_000  # points of a curve metric, which its constructor makes one by one
