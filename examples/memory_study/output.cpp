// The study's folder and the files in it.
#include "output.hpp"

#include "arrays.hpp"
#include "json.hpp"
#include "network_files.hpp"
#include "report.hpp"
#include "summary.hpp"

#include <engram/io/bytes.hpp>
#include <engram/study/trajectories.hpp>
#include <engram/version.hpp>

#include <filesystem>

namespace memory_study {

namespace {

/// A file's content. Throws file_error, naming the file and the place, where it is no JSON.
json read_json(const std::filesystem::path& file) {
    const auto content = eg::read_file(file);
    try {
        return json::parse(content.begin(), content.end());
    } catch (const json::parse_error& problem) {
        throw eg::file_error(text_of(file.string(), ": at byte ", problem.byte, ": ", problem.what()));
    }
}

/// The settings that a network's unfinished work was begun with, if there is any.
std::optional<json> settings_begun_with(const settings& s, const std::string& name) {
    const auto file = network_files::folder_of_all(s) / (name + ".unfinished") / "settings.json";
    if (!std::filesystem::exists(file)) return {};
    return read_json(file);
}

/// What is known of a study before any of its networks is finished.
json study_json(const settings& s, const image_facts& images, const std::vector<network_result>& networks,
                bool partial) {
    json study = {{"command", command_of(s)},
                  {"settings", to_json(s)},
                  {"images",
                   {{"name", images.name},
                    {"training", images.training},
                    {"held_out", images.held_out},
                    {"pixel_mean", images.mean},
                    {"pixel_deviation", images.deviation}}},
                  {"seed", s.first_seed},
                  {"wall_seconds", wall_seconds(s, networks)},
                  {"partial", partial},
                  {"versions", {{"engram", eg::version_string}, {"compiler", __VERSION__}}},
                  {"networks", json::array()},
                  {"correlation", nullptr},
                  {"lifetimes", nullptr}};
    for (const auto& network : networks) study["networks"].push_back(to_json(network, false));
    return study;
}

/// Everything but the plots' numbers.
json study_json(const settings& s, const image_facts& images, const std::vector<network_result>& networks,
                bool partial, const summary& found) {
    json study = study_json(s, images, networks, partial);
    study["correlation"] = to_json(found.pairs());
    study["mean_recall"]["delays"] = s.delays;
    study["mean_recall"]["trained"] = mean_recall(networks, "trained");
    for (const auto& arm : arms) study["mean_recall"][arm] = mean_recall(networks, arm);
    study["findings"] = found.as_json();
    study["lifetimes"] = to_json(found.lifetimes());
    return study;
}

/// Where a network's own results are kept.
std::filesystem::path network_file(const settings& s, const std::string& name) {
    return std::filesystem::path(s.out) / "networks" / (name + ".json");
}

}  // namespace

std::string prepare_folder(const settings& s, const image_facts& images, folder_lock& lock) {
    namespace fs = std::filesystem;
    const fs::path out = s.out;
    std::error_code problem;
    const bool is_there = fs::exists(fs::symlink_status(out, problem));
    if (is_there && !s.force && !s.resume)
        return "--out: '" + s.out +
               "' exists; allowed: a new folder, or --resume to go on there, or --force to replace it";
    if (is_there && !fs::is_directory(out, problem))
        return "--out: '" + s.out + "' is not a folder; allowed: a folder that can be made and written";
    try {
        fs::create_directories(out / "networks");
        if (!lock.take(out))
            return "--out: another process works in '" + s.out +
                   "'; allowed: another folder, or the same once it has ended";
        eg::write_file(out / "study.json", study_json(s, images, {}, true).dump(1));
        if (s.resume) return {};
        for (const auto& old : fs::directory_iterator(out / "networks")) {
            const auto kind = old.path().extension();
            if (kind == ".json" || kind == ".safetensors" || kind == ".unfinished") fs::remove_all(old);
        }
        for (const char* old : {"report.html", "summary.md", "arrays.npz", "plots"})
            fs::remove_all(out / old);
    } catch (const std::exception& why) {
        if (!is_there) fs::remove_all(out, problem);
        return "--out: '" + s.out + "' cannot be used; allowed: a folder that can be made and written (" +
               why.what() + ")";
    }
    return {};
}

void write_network(const settings& s, const network_result& network) {
    json j = to_json(network, true);
    j["settings"] = network_settings(s);
    eg::write_file(network_file(s, network.name()), j.dump());
    network_files::forget(s, network.name());
}

void refuse_other_settings(const settings& s, const std::string& name) {
    const auto check = [&](const json& begun) {
        const json wanted = network_settings(s);
        for (const auto& [key, value] : wanted.items())
            if (!begun.contains(key) || begun[key] != value)
                throw eg::file_error(text_of(
                    "--resume: in '", s.out, "' the network ", name, " was begun with ", key, " = ",
                    begun.contains(key) ? begun[key].dump() : "nothing", ", not ", value.dump(),
                    "; allowed: the same settings, another --out, or --force to replace what is there"));
    };
    try {
        if (const auto begun = settings_begun_with(s, name)) check(*begun);
        if (const auto file = network_file(s, name); std::filesystem::exists(file))
            check(read_json(file).at("settings"));
    } catch (const json::exception& problem) {
        throw eg::file_error(
            text_of("--resume: the network ", name, " in '", s.out, "' cannot be read: ", problem.what()));
    }
}

namespace {

/// Throws out_of_range if a network that was read does not have the study's delays, other classes than the
/// images, trajectories of another length, or spectra of several sizes.
void check_sizes(const settings& s, const network_result& network) {
    const size_t classes = settings::classes, dimension = network.trained.points.at(0).spectrum.size();
    if (network.lifetimes.size() != classes) throw std::out_of_range("it has not a lifetime a class");
    if (network.trajectories.size() != classes) throw std::out_of_range("it has not a trajectory a class");
    for (const auto& states : network.trajectories)
        if (states.size() != eg::trajectory_options{}.steps + 1)
            throw std::out_of_range("a trajectory has another length than the study's");
    const auto is_whole = [&](const eg::recall_table& recall) {
        return recall.per_class.shape(1) == classes && recall.delays == s.delays &&
               recall.accuracy.size() == s.delays.size() &&
               recall.per_class.shape() == recall.false_alarms.shape() &&
               recall.per_class.shape(0) == s.delays.size();
    };
    for (const auto& way : network.compared)
        if (!is_whole(way.recall))
            throw std::out_of_range("its recall after " + way.name + " has other sizes");
    for (const std::string& arm : measured_states) {
        const auto& found = network.after(arm);
        bool fits = is_whole(found.recall);
        for (const auto& point : found.points)
            fits = fits && point.label < classes && point.spectrum.size() == dimension;
        if (!fits) throw std::out_of_range("its recall or its spectra have other sizes than the study's");
    }
}

}  // namespace

std::optional<network_result> read_network(const settings& s, const std::string& name) {
    const auto file = network_file(s, name);
    if (!s.resume || !std::filesystem::exists(file)) return {};
    try {
        network_result network = network_from(read_json(file));
        if (network.name() != name) throw std::out_of_range("it is " + network.name());
        check_sizes(s, network);
        network_files::forget(s, name);
        return network;
    } catch (const json::exception& problem) {
        throw eg::file_error(file.string() + ": is not a network of this study (" + problem.what() + ")");
    } catch (const std::out_of_range& problem) {
        throw eg::file_error(file.string() + ": is not a network of this study (" + problem.what() + ")");
    }
}

void write_study(const settings& s, const image_facts& images, const std::vector<network_result>& networks,
                 bool partial) {
    const std::filesystem::path out = s.out;
    if (networks.empty()) {
        eg::write_file(out / "study.json", study_json(s, images, networks, partial).dump(1));
        return;
    }
    const summary found(s, images, networks);
    eg::write_file(out / "study.json", study_json(s, images, networks, partial, found).dump(1));
    eg::write_npz(out / "arrays.npz", arrays_of(s, networks, found.pairs(), found.lifetimes()));
    eg::write_file(out / "summary.md", found.as_markdown());
    const report written(s, images, networks, found.pairs(), found.lifetimes(), partial);
    eg::write_file(out / "report.html", written.page());
    std::filesystem::create_directories(out / "plots");
    for (const auto& [name, svg] : written.plots()) eg::write_file(out / "plots" / (name + ".svg"), svg);
}

network_files::network_files(const settings& s, const std::string& name)
    : networks_(folder_of_all(s)), name_(name) {
    namespace fs = std::filesystem;
    const auto begun_with = working_folder() / "settings.json";
    const auto wanted = network_settings(s).dump();
    if (s.resume && fs::exists(begun_with)) {
        const auto found = eg::read_file(begun_with);
        if (std::string(found.begin(), found.end()) == wanted) return;
    }
    fs::remove_all(working_folder());
    fs::create_directories(working_folder());
    eg::write_file(begun_with, wanted);
}

std::string as_json(const settings& s) { return to_json(s).dump(2); }

}  // namespace memory_study
