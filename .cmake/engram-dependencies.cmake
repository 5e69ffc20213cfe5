# Finds what engram's headers need and gathers it in the target engram::dependencies. Read by engram's own
# build and by the installed package. A missing library ends the run with its name and Debian's package.

if(TARGET engram::dependencies)
    return()
endif()

# What the caller has not set is not left behind.
macro(engram_forget_choices)
    if(engram_chose_blas)
        unset(BLA_VENDOR)
        unset(engram_chose_blas)
    endif()
endmacro()
# Sets engram_missing and, in engram's own build, stops.
macro(engram_require condition what debian_package)
    if(NOT ${condition})
        set(engram_missing "engram needs ${what}; on Debian and Ubuntu: apt install ${debian_package}")
        engram_forget_choices()
        if(NOT CMAKE_FIND_PACKAGE_NAME)
            message(FATAL_ERROR "${engram_missing}")
        endif()
        return()
    endif()
endmacro()
unset(engram_missing)

# Of the BLAS libraries on the machine OpenBLAS is taken, unless BLA_VENDOR names another or it is not there.
if(NOT TARGET BLAS::BLAS AND NOT BLA_VENDOR AND NOT DEFINED ENV{BLA_VENDOR})
    set(BLA_VENDOR OpenBLAS)
    find_package(BLAS QUIET)
    if(NOT BLAS_FOUND)
        unset(BLA_VENDOR)
    else()
        set(engram_chose_blas TRUE)
    endif()
endif()
find_package(BLAS QUIET)
engram_require(BLAS_FOUND "a BLAS" libopenblas-dev)
find_package(LAPACK QUIET)
engram_require(LAPACK_FOUND "LAPACK" libopenblas-dev)
# A target that a project has already, from a submodule say, is used as it is, and no package is asked for.
foreach(library IN ITEMS xtensor xtensor-blas)
    if(NOT TARGET ${library})
        find_package(${library} CONFIG QUIET)
        engram_require(${library}_FOUND "${library}" lib${library}-dev)
    endif()
endforeach()
engram_forget_choices()

# Not every BLAS has the C interface in the same library.
include(CheckCXXSourceCompiles)
include(CMakePushCheckState)
cmake_push_check_state(RESET)
set(CMAKE_REQUIRED_LIBRARIES BLAS::BLAS)
set(CMAKE_REQUIRED_QUIET TRUE)
check_cxx_source_compiles("extern \"C\" double cblas_dasum(int, const double*, int);
                           int main() { double x = 1; return cblas_dasum(1, &x, 1) > 2; }" ENGRAM_BLAS_HAS_CBLAS)
cmake_pop_check_state()
if(NOT ENGRAM_BLAS_HAS_CBLAS)
    find_library(ENGRAM_CBLAS_LIBRARY NAMES cblas)
    mark_as_advanced(ENGRAM_CBLAS_LIBRARY)
    engram_require(ENGRAM_CBLAS_LIBRARY "the C interface (CBLAS) of the BLAS" libopenblas-dev)
endif()

set(THREADS_PREFER_PTHREAD_FLAG TRUE)
find_package(Threads QUIET)
engram_require(Threads_FOUND "threads" libc6-dev)

add_library(engram::dependencies INTERFACE IMPORTED GLOBAL)
target_link_libraries(engram::dependencies INTERFACE xtensor xtensor-blas LAPACK::LAPACK BLAS::BLAS
                                                     Threads::Threads ${CMAKE_DL_LIBS})
if(NOT ENGRAM_BLAS_HAS_CBLAS)
    target_link_libraries(engram::dependencies INTERFACE ${ENGRAM_CBLAS_LIBRARY})
endif()

# xtensor before 0.25 has a template that clang 19 and newer find ambiguous by the rules of C++17's P0522.
if(xtensor_VERSION VERSION_LESS 0.25)
    set(engram_clang_19 $<AND:$<CXX_COMPILER_ID:Clang>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,19>>)
    target_compile_options(engram::dependencies INTERFACE
                           $<${engram_clang_19}:-fno-relaxed-template-template-args>
                           $<${engram_clang_19}:-Wno-deprecated-no-relaxed-template-template-args>)
endif()

# What makes engram faster or wider where it is there.
if(ENGRAM_USE_XSIMD)
    if(NOT TARGET xsimd)
        find_package(xsimd CONFIG QUIET)
    endif()
    if(TARGET xsimd)
        target_link_libraries(engram::dependencies INTERFACE xsimd)
        target_compile_definitions(engram::dependencies INTERFACE XTENSOR_USE_XSIMD)
    elseif(NOT engram_FIND_QUIETLY)
        message(STATUS "engram: xsimd was not found, so elementwise loops are left to the compiler "
                       "(on Debian and Ubuntu: apt install libxsimd-dev)")
    endif()
endif()
find_package(ZLIB QUIET)
if(ZLIB_FOUND)
    target_link_libraries(engram::dependencies INTERFACE ZLIB::ZLIB)
    target_compile_definitions(engram::dependencies INTERFACE ENGRAM_HAS_ZLIB)
endif()
foreach(package IN ITEMS Eigen3 Spectra)
    find_package(${package} CONFIG QUIET)
endforeach()
foreach(target IN ITEMS Eigen3::Eigen Spectra::Spectra)
    if(TARGET ${target})
        target_link_libraries(engram::dependencies INTERFACE ${target})
    endif()
endforeach()
