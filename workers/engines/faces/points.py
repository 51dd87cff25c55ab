"""Which vertex of the 478-point face mesh is what; lists run from the subject's right to the subject's left.

Vertices 0-467 are MediaPipe's canonical face mesh, 468-472 the right iris (centre first), 473-477 the left.
"""

from __future__ import annotations

UPPER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_LIP = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
UPPER_LIP_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_LIP_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
RIGHT_LID_UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133)
RIGHT_LID_LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LEFT_LID_UPPER = (362, 398, 384, 385, 386, 387, 388, 466, 263)
LEFT_LID_LOWER = (362, 382, 381, 380, 374, 373, 390, 249, 263)
RIGHT_BROW = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55)
LEFT_BROW = (336, 296, 334, 293, 300, 285, 295, 282, 283, 276)
RIGHT_IRIS, LEFT_IRIS = 468, 473
CHIN, FOREHEAD, NOSE_TIP, NOSE_BRIDGE = 152, 10, 1, 168
RIGHT_CHEEK_EDGE, LEFT_CHEEK_EDGE = 234, 454
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
