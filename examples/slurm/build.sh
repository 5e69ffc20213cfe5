# Sourced by the jobs here: builds the memory study with the MPI that is loaded (module load ..., here if need be), and says
# how it is run. The build is for the processor of the first node: all nodes should be of one kind.
build=build/mpi
cmake -S . -B $build -DCMAKE_BUILD_TYPE=Release -DENGRAM_USE_MPI=ON -DENGRAM_BUILD_TESTS=OFF -DENGRAM_BUILD_BENCH=OFF \
    -DENGRAM_BUILD_DOCS=OFF
cmake --build $build --target memory_study_mpi --parallel "${SLURM_CPUS_PER_TASK:-2}"

# run_study FOLDER OPTIONS...: over all ranks of the job, with their threads; goes on where the folder is there already.
# Where srun and this MPI do not know each other, every process takes itself for the only one, and all but one refuse the
# folder: then use srun --mpi=pmix, or mpirun in srun's place.
run_study() {
    local out=$1 again=()
    shift
    [ ! -d "$out" ] || again=(--resume)
    srun --cpus-per-task="${SLURM_CPUS_PER_TASK:-2}" $build/examples/memory_study_mpi --threads "${SLURM_CPUS_PER_TASK:-2}" \
        --out "$out" "${again[@]}" "$@"
}
