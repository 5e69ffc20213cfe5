// The memory study over the ranks that mpirun starts: networks are taken from a shared counter, and the
// results are those of one process, bit for bit.
#include "../images.hpp"
#include "../json.hpp"
#include "../options.hpp"
#include "../output.hpp"
#include "../phase.hpp"
#include "../progress.hpp"
#include "../work.hpp"

#include "engram/distributed/mpi.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <span>

namespace {

using namespace memory_study;

/// What rank 0 says, on every rank.
std::string from_first(const eg::process_group& ranks, const std::string& text) {
    const auto lengths = ranks.all_gather(text.size());
    std::string all(std::accumulate(lengths.begin(), lengths.end(), size_t{0}), '\0');
    ranks.all_gather(std::span<const char>(text), std::span<char>(all), lengths);
    return all.substr(0, lengths[0]);
}

/// Throws on the ranks that do not see what rank 0 has written to the folder, before any work.
void require_one_file_system(const eg::process_group& ranks, const settings& s) {
    const auto file = std::filesystem::path(s.out) / "ranks.tmp";
    const std::string written =
        from_first(ranks, std::to_string(std::chrono::system_clock::now().time_since_epoch().count()));
    if (ranks.rank() == 0) eg::write_file(file, written);
    (void)ranks.all_gather(char{0});
    std::string read;
    std::ifstream(file) >> read;
    eg::require<eg::mpi_error>(read == written, "--out: '", s.out,
                               "' is not the folder that rank 0 writes to; "
                               "expected a file system that all ranks see");
    (void)ranks.all_gather(char{0});
    if (ranks.rank() == 0) std::filesystem::remove(file);
}

int run(settings s, const eg::process_group& ranks) {
    const bool first = ranks.rank() == 0;
    const eg::delayed_classification task{load_images(s)};
    s.images = fingerprint_of(task.images());
    eg::require_same_everywhere(ranks, "options and data", to_json(s).dump());
    if (s.dry_run) {
        if (first) std::cout << to_json(s).dump(2) << '\n';
        return 0;
    }
    const auto images = facts_of(task.images());
    auto jobs = jobs_of(s);
    folder_lock lock;
    std::string problem;
    try {
        for (const auto& each : jobs)
            if (s.resume) refuse_other_settings(s, network_name(s.cell, each.curriculum, each.seed));
        if (first) problem = prepare_folder(s, images, lock);
    } catch (const eg::file_error& refusal) {
        problem = refusal.what();
    }
    problem = from_first(ranks, problem);
    if (!problem.empty()) {
        if (first) std::cerr << "memory_study: " << problem << '\n';
        return 2;
    }
    require_one_file_system(ranks, s);
    if (first && ranks.size() > jobs.size())
        std::cerr << "memory_study: " << ranks.size() << " ranks for " << jobs.size()
                  << " networks; some have none\n";

    // A rank that fails ends all of them; the networks that are finished stay in the folder.
    progress shown(jobs.size(), jobs.size() * updates_a_network(s));
    {
        eg::shared_counter next;
        for (size_t i = next.next(); i < jobs.size(); i = next.next()) {
            std::vector<job> own{jobs[i]};
            const auto failure = work_through(s, task, own, shown);
            eg::require<eg::error>(failure.empty(), failure);
        }
    }
    (void)ranks.all_gather(char{0});
    if (!first) return 0;
    std::vector<network_result> finished;  // read from the files that the ranks have written
    for (const auto& each : jobs)
        finished.push_back(*read_network(s, network_name(s.cell, each.curriculum, each.seed)));
    write_study(s, images, finished, false);
    std::cerr << "memory_study: " << finished.size() << " networks on " << ranks.size() << " ranks in "
              << static_cast<int>(shown.seconds()) << " s; the results are in " << s.out << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return engram::mpi_main(argc, argv, [&](const engram::process_group& ranks) {
        try {
            return run(parse(argc, argv), ranks);
        } catch (const usage_end& end) {
            return end.status;
        }
    });
}
