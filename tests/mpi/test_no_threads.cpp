// An MPI that does not support threads, as this one is made to say: all ranks end, with the message of one.
#include "engram/distributed/mpi.hpp"

// MPI's own profiling interface lets a program stand between itself and MPI.
extern "C" int MPI_Init_thread(int* count, char*** arguments, int required, int* provided) {
    const int status = PMPI_Init_thread(count, arguments, required, provided);
    *provided = MPI_THREAD_SINGLE;
    return status;
}

int main(int argc, char** argv) {
    return engram::mpi_main(argc, argv, [](const engram::process_group&) { return 0; });
}
