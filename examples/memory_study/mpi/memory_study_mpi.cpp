// The memory study over the ranks that mpirun starts: networks are taken from a shared counter, and the
// results are those of one process, bit for bit.
#include "../image_data.hpp"
#include "../json.hpp"
#include "../options.hpp"
#include "../output.hpp"
#include "../phase.hpp"
#include "../progress.hpp"
#include "../work.hpp"

#include "engram/distributed/mpi.hpp"
#include "engram/io/atomic_file.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

namespace {

using namespace memory_study;

/// Refuses ranks that were given something else than rank 0 and would so give other results.
void require_same_study(const eg::process_group& ranks, const settings& s) {
    json all = to_json(s);
    all.erase("threads");           // no result depends on them
    all.erase("curriculum_steps");  // they follow from the others
    all["out"] = s.out;
    all["resume"] = s.resume;
    all["force"] = s.force;
    all["dry_run"] = s.dry_run;
    for (const auto& [key, value] : all.items()) eg::require_same_everywhere(ranks, key, value.dump());
}

/// The images, unless a rank cannot read them: then one rank says so.
std::optional<eg::image_set> images_everywhere(const eg::process_group& ranks, const settings& s) {
    std::optional<eg::image_set> images;
    std::string failure;
    try {
        images = load_images(s);
    } catch (const eg::error& problem) {
        failure = text_of("rank ", ranks.rank(), ": ", problem.what());
    }
    failure = ranks.first_text(failure);
    if (failure.empty()) return images;
    if (ranks.rank() == 0) std::cerr << "memory_study: " << failure << '\n';
    return std::nullopt;
}

/// The first rank that does not see what rank 0 has written to the folder, ranks.size() if all do.
size_t first_without_folder(const eg::process_group& ranks, const settings& s) {
    const auto file = std::filesystem::path(s.out) / "ranks.tmp";
    const std::string written =
        ranks.first_text(std::to_string(std::chrono::system_clock::now().time_since_epoch().count()));
    if (ranks.rank() == 0) eg::write_file(file, written);
    (void)ranks.all_gather(char{0});
    std::string read;
    for (int attempt = 0; attempt < 50 && read != written; ++attempt) {  // some see new files late
        if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::ifstream(file) >> read;
    }
    const auto see_it = ranks.all_gather(static_cast<char>(read == written));
    if (ranks.rank() == 0) std::filesystem::remove(file);
    return static_cast<size_t>(std::ranges::find(see_it, 0) - see_it.begin());
}

/// Which rank does not see the folder, or nothing.
std::string sight_problem(const eg::process_group& ranks, const settings& s) {
    const size_t rank = first_without_folder(ranks, s);
    if (rank == ranks.size()) return "";
    return text_of("--out: rank ", rank, " does not see the folder '", s.out,
                   "' that rank 0 writes to; expected a file system that all ranks see");
}

/// Why rank 0 cannot work in the folder, or nothing.
std::string folder_problem(const settings& s, const image_facts& images, const std::vector<job>& jobs,
                           folder_lock& lock) {
    try {
        for (const auto& each : jobs)
            if (s.resume) refuse_other_settings(s, network_name(s.cell, each.curriculum, each.seed));
        return prepare_folder(s, images, lock);
    } catch (const eg::file_error& refusal) {
        return refusal.what();
    }
}

/// Takes networks from a counter until none is left, then waits for the other ranks, while rank 0 shows how
/// far they are. A rank that fails ends all of them; the networks that are finished stay in the folder.
double work_through_all(const settings& s, const eg::delayed_classification& task,
                        const std::vector<job>& jobs, const eg::process_group& ranks) {
    eg::shared_counter next, updates, skipped, networks, idle;
    const auto share = [&](const work_done& more) {
        return work_done{updates.add(more.updates) + more.updates, skipped.add(more.skipped) + more.skipped,
                         networks.add(more.networks) + more.networks};
    };
    const bool first = ranks.rank() == 0;
    progress shown(jobs.size(), updates_of(s, jobs), share, !first);
    for (size_t i = next.next(); i < jobs.size() && !stop_asked; i = next.next()) {
        std::vector<job> own{jobs[i]};
        std::string failure;
        eg::work_beside_mpi([&] { failure = work_through(s, task, own, shown); }, [&] { shown.refresh(); });
        shown.refresh();
        eg::require<eg::error>(failure.empty(), failure);
    }
    idle.add(1);
    while (idle.add(0) < ranks.size()) {  // MPI itself would wait without sleeping; rank 0 has the counters
        std::this_thread::sleep_for(std::chrono::milliseconds(first ? 1 : 50));
        shown.refresh();
    }
    shown.clear();
    return shown.seconds();
}

int run(settings s, const eg::process_group& ranks) {
    const bool first = ranks.rank() == 0;
    auto loaded = images_everywhere(ranks, s);
    if (!loaded) return 1;
    const eg::delayed_classification task{std::move(*loaded)};
    s.images = fingerprint_of(task.images());
    s.ranks = ranks.size();
    require_same_study(ranks, s);
    if (s.dry_run) {
        if (first) std::cout << to_json(s).dump(2) << '\n';
        return 0;
    }
    const auto images = facts_of(task.images());
    const auto jobs = jobs_of(s);
    folder_lock lock;
    const bool is_new = !ranks.first_text(first && !std::filesystem::exists(s.out) ? "new" : "").empty();
    std::string problem;
    if (s.force && !is_new) problem = sight_problem(ranks, s);  // before --force removes what is there
    if (problem.empty()) problem = ranks.first_text(first ? folder_problem(s, images, jobs, lock) : "");
    if (problem.empty()) {
        problem = sight_problem(ranks, s);
        if (!problem.empty() && first && is_new) std::filesystem::remove_all(s.out);
    }
    if (!problem.empty()) {
        if (first) std::cerr << "memory_study: " << problem << '\n';
        return 2;
    }
    if (first && ranks.size() > jobs.size())
        std::cerr << "memory_study: " << ranks.size() << " ranks for " << jobs.size()
                  << " networks; some have none\n";
    listen_for_interrupts();
    const double seconds = work_through_all(s, task, jobs, ranks);
    (void)ranks.all_gather(char{0});
    int status = 0;
    if (first) {
        settings written = s;  // the ranks' networks are read from the files
        written.resume = true;
        std::vector<network_result> finished;
        for (const auto& each : jobs)
            if (auto result = read_network(written, network_name(s.cell, each.curriculum, each.seed)))
                finished.push_back(std::move(*result));
        const bool partial = finished.size() < jobs.size();
        write_study(s, images, finished, partial);
        std::cerr << "memory_study: " << finished.size() << " of " << jobs.size() << " networks on "
                  << ranks.size() << " ranks in " << static_cast<int>(seconds) << " s; the results are in "
                  << s.out << '\n';
        if (partial) status = 130;
    }
    return ranks.all_gather(status)[0];
}

}  // namespace

int main(int argc, char** argv) {
    return engram::mpi_main(argc, argv, [&](const engram::process_group& ranks) {
        settings s;
        usage_end end{-1, ""};
        try {
            s = parse(argc, argv);
        } catch (const usage_end& nothing_to_run) {
            end = nothing_to_run;
        }
        const auto statuses = ranks.all_gather(end.status);
        for (size_t r = 0; r < ranks.size(); ++r) {  // one rank says so, all end
            if (statuses[r] < 0) continue;
            if (ranks.rank() == r) end.print();
            return statuses[r];
        }
        return run(s, ranks);
    });
}
