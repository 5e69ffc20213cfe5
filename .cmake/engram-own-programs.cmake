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

# A program from one source file.
function(engram_add_program name source)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE engram_own_program ${ARGN})
endfunction()
