# The optional component mpi: the target engram::mpi, engram with the MPI that is installed. Read by engram's own build
# where ENGRAM_USE_MPI is on, and by the installed package where a caller asks for the component. Sets engram_mpi_FOUND.
if(NOT TARGET engram::mpi)
    find_package(MPI QUIET COMPONENTS CXX)
    set(engram_mpi_FOUND ${MPI_CXX_FOUND})
    if(MPI_CXX_FOUND)
        add_library(engram::mpi INTERFACE IMPORTED GLOBAL)
        target_link_libraries(engram::mpi INTERFACE engram::engram MPI::MPI_CXX)
        # The C++ interface, which MPI 3 has dropped, comes with warnings and is not used.
        target_compile_definitions(engram::mpi INTERFACE OMPI_SKIP_MPICXX=1 MPICH_SKIP_MPICXX=1)
    endif()
endif()
