# gnuplot -e "build='build/bench'; images='docs/images'" bench/plots.gp
# Colours are told apart by readers who see colours differently; dashes are two threads.
set terminal svg size 900,330 dynamic background rgb 'white' font 'sans-serif,12' rounded
set style line 1 lc rgb '#0072b2' lw 2 pt 7 ps 0.5
set style line 2 lc rgb '#d55e00' lw 2 pt 7 ps 0.5
set style line 3 lc rgb '#0072b2' lw 2 pt 6 ps 0.5 dt (6,4)
set style line 4 lc rgb '#d55e00' lw 2 pt 6 ps 0.5 dt (6,4)
set style line 5 lc rgb '#666666' lw 1.5 dt (2,3)
set border 3 lc rgb '#888888'
set tics nomirror
set grid ytics lc rgb '#dddddd' lt 1
set logscale x
set autoscale xfix

names = "units batch horizon"
labels = "'units H' 'trials in a batch B' 'steps of a trial T'"
do for [i = 1:3] {
    file = build.'/cost_'.word(names, i).'.csv'
    set output images.'/performance_'.word(names, i).'.svg'
    set multiplot layout 1,2
    set xlabel word(labels, i)
    unset logscale y
    set yrange [0:1.1]
    set ytics 0.25
    set ylabel 'share of the roofline'
    set key bottom right
    plot file index 0 using 3:6 with linespoints ls 1 title 'GRU, 1 thread', \
         file index 1 using 3:6 with linespoints ls 2 title 'LSTM, 1 thread', \
         file index 2 using 3:6 with linespoints ls 3 title 'GRU, 2 threads', \
         file index 3 using 3:6 with linespoints ls 4 title 'LSTM, 2 threads', \
         file index 0 using 3:($6/$7) with lines ls 5 title "GRU's products alone, 1 thread"
    set logscale y
    set yrange [*:*]
    set ytics autofreq
    set ylabel 'ms a training step'
    set key top left
    plot file index 0 using 3:4 with linespoints ls 1 title 'GRU, 1 thread', \
         file index 1 using 3:4 with linespoints ls 2 title 'LSTM, 1 thread', \
         file index 2 using 3:4 with linespoints ls 3 title 'GRU, 2 threads', \
         file index 3 using 3:4 with linespoints ls 4 title 'LSTM, 2 threads'
    unset multiplot
}

set output images.'/performance_slow_points.svg'
set multiplot layout 1,2
set xlabel 'seeds, GRU of 200 units'
set ylabel 'seconds'
plot build.'/cost_seeds.csv' using 1:3 with linespoints ls 2 title 'adam\_descent, 100,000 steps', \
     build.'/cost_seeds.csv' using 1:2 with linespoints ls 1 title 'levenberg\_marquardt'
set xlabel 'dimension d, sparse network, 1 seed'
set ylabel 'seconds a search'
plot build.'/cost_dimension.csv' using 1:4 with linespoints ls 2 title 'levenberg\_marquardt', \
     build.'/cost_dimension.csv' using 1:2 with linespoints ls 1 title 'newton\_krylov'
unset multiplot
