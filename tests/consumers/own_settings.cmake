# Read by a consumer's project(): what it set for checks of its own is still there after engram was found.
set(CMAKE_REQUIRED_LIBRARIES m)
function(expect_own_settings)
    if(NOT CMAKE_REQUIRED_LIBRARIES STREQUAL m)
        message(FATAL_ERROR "CMAKE_REQUIRED_LIBRARIES is '${CMAKE_REQUIRED_LIBRARIES}', expected 'm'")
    endif()
endfunction()
cmake_language(DEFER CALL expect_own_settings)
