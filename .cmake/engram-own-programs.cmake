# How engram's own tests, examples and benchmarks are built. Nothing here reaches a user of the library.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND PROJECT_IS_TOP_LEVEL)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(ENGRAM_CCACHE ccache)
    mark_as_advanced(ENGRAM_CCACHE)
    if(ENGRAM_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${ENGRAM_CCACHE})
    endif()
endif()
find_package(nlohmann_json CONFIG QUIET)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(engram_own_program INTERFACE)
target_link_libraries(engram_own_program INTERFACE engram::engram)
# g++ 12 warns of the inside of its own std::string and std::vector (GCC bugs 105329, 105651 and 107852).
set(false_alarms $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict$<SEMICOLON>-Wno-stringop-overflow$<SEMICOLON>-Wno-use-after-free>)
target_compile_options(engram_own_program INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow "${false_alarms}"
                                                    $<$<BOOL:${ENGRAM_WERROR}>:-Werror>
                                                    $<$<BOOL:${ENGRAM_NATIVE}>:-march=native>)

# A program from one source file, or from a list of them.
function(engram_add_program name source)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE engram_own_program ${ARGN})
endfunction()

# engram_precompile(TARGET HEADER): every source of the target begins with the header, which is read once.
# Precompiled headers lose the pragmas that core/xsimd.hpp silences false alarms of g++ 12 with.
function(engram_precompile target header)
    # For ccache, which also needs CCACHE_SLOPPINESS=pch_defines,time_macros:
    target_compile_options(${target} PUBLIC $<IF:$<CXX_COMPILER_ID:GNU>,-fpch-preprocess,SHELL:-Xclang -fno-pch-timestamp>)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(${target} PUBLIC -Wno-uninitialized -Wno-maybe-uninitialized)
    endif()
    target_precompile_headers(${target} PRIVATE ${header})
endfunction()

# engram_add_together(NAME SOURCES...): all of them in one, together.cpp, never built: for clang-tidy, which takes
# longest over what they include.
function(engram_add_together name)
    set(includes "")
    set(bodies "")
    foreach(source IN LISTS ARGN)
        string(MAKE_C_IDENTIFIER ${source} room)
        file(STRINGS ${source} lines REGEX "^#include")
        string(APPEND includes "${lines}\n")
        string(APPEND bodies "namespace of_${room} {\n#include \"${CMAKE_CURRENT_SOURCE_DIR}/${source}\"\n}\n")
    endforeach()
    string(REPLACE ";" "\n" includes "${includes}")
    file(CONFIGURE OUTPUT together.cpp CONTENT
         "// NOLINTBEGIN: of this file; what it includes is looked at\n${includes}#define main not_main\n${bodies}// NOLINTEND\n")
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/together.cpp)
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE engram_own_program)
    if(TARGET nlohmann_json::nlohmann_json)
        target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json)
    endif()
endfunction()

# engram_add_parts_together(NAME SOURCES...): likewise the parts of programs, which share what their headers declare.
function(engram_add_parts_together name)
    set(includes "")
    foreach(source IN LISTS ARGN)
        string(APPEND includes "#include \"${CMAKE_CURRENT_SOURCE_DIR}/${source}\"\n")
    endforeach()
    file(CONFIGURE OUTPUT parts_together.cpp CONTENT
         "// NOLINTBEGIN: of this file; what it includes is looked at\n${includes}// NOLINTEND\n")
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/parts_together.cpp)
    target_link_libraries(${name} PRIVATE engram_own_program)
    if(TARGET nlohmann_json::nlohmann_json)
        target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json)
    endif()
endfunction()
