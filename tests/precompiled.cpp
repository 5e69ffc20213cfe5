// Stands for the header that the tests share in precompiled form; see CMakeLists.txt.
