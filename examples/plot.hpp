/// @file
/// How the examples draw: a file of data and gnuplot commands and, where gnuplot is installed, a picture.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

/// Writes NAME.gp and draws NAME.svg with it. The commands read the data as $data; two blank lines separate
/// the blocks that they call by `index`. Without gnuplot it says what is there instead.
inline void plot(const std::string& name, const std::string& data, const std::string& commands) {
    std::ofstream(name + ".gp") << "set terminal svg size 640,480 dynamic background rgb 'white' "
                                   "font 'sans-serif,14' linewidth 1.3 rounded\n"
                                << "set output '" << name << ".svg'\nset encoding utf8\n$data << END\n"
                                << data << "END\n"
                                << commands;
    if (std::system(("gnuplot " + name + ".gp").c_str()) == 0)
        std::cout << "drawn: " << name << ".svg\n";
    else
        std::cout << "not drawn, since gnuplot did not run: " << name << ".gp holds the data and commands\n";
}
