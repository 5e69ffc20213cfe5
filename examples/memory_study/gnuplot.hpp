/// @file
/// Plots as SVG text, by the program gnuplot.
#pragma once

#include <engram/core/error.hpp>
#include <engram/io/atomic_file.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace memory_study {

/// A plot: its name, which the ids in its SVG begin with, and the commands that draw it.
struct plot {
    std::string name, commands;
    int width = 560, height = 420;
};

/// A folder that goes away with its content.
class temporary_folder {
  public:
    temporary_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "engram-XXXXXX").string();
        engram::require<engram::file_error>(mkdtemp(name.data()) != nullptr, name, ": cannot be made");
        path_ = name;
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// gnuplot's file as an element for a page: without its prologue, its black left to the page's text colour.
inline std::string as_element(std::string svg) {
    svg.erase(0, std::min(svg.find("<svg"), svg.size()));
    const auto replace = [&](const std::string& from, const std::string& to) {
        for (size_t at = 0; (at = svg.find(from, at)) != std::string::npos; at += to.size())
            svg.replace(at, from.size(), to);
    };
    replace("stroke='black'", "stroke='currentColor'");
    replace("fill=\"black\"", "fill=\"currentColor\"");
    replace("fill = 'black'", "fill='currentColor'");
    replace("rgb(  0,   0,   0)", "currentColor");
    replace("color=\"black\"", "");
    return svg;
}

/// The SVG elements of plots, by name; those that could not be drawn are missing.
inline std::map<std::string, std::string> draw(const std::vector<plot>& plots) {
    const temporary_folder folder;
    std::string script = "set encoding utf8\n";
    for (const auto& [name, commands, width, height] : plots)
        script += "reset\nset terminal svg size " + std::to_string(width) + "," + std::to_string(height) +
                  " dynamic enhanced font 'sans-serif,15' linewidth 1.2 name '" + name + "'\nset output '" +
                  name + ".svg'\n" + commands + "\nunset output\n";
    engram::write_file(folder.path() / "plots.gp", script);
    const std::string command = "cd '" + folder.path().string() + "' && gnuplot plots.gp >errors 2>&1";
    if (std::system(command.c_str()) != 0 && std::getenv("ENGRAM_SHOW_GNUPLOT_ERRORS") != nullptr)
        std::system(("cat '" + (folder.path() / "errors").string() + "' >&2").c_str());
    std::map<std::string, std::string> drawn;
    for (const auto& each : plots) {
        const auto file = folder.path() / (each.name + ".svg");
        if (!std::filesystem::exists(file)) continue;
        const auto content = engram::read_file(file);
        const std::string svg(content.begin(), content.end());
        if (svg.find("</svg>") != std::string::npos) drawn[each.name] = as_element(svg);
    }
    return drawn;
}

}  // namespace memory_study
