"""Faces: detection, 468-vertex mesh, irises and person matte, as TFLite through OpenCV."""
