// Nothing of its own: compiled once with the headers that the unit tests share (CMakeLists.txt).
