<?php
// What PHP runs, as a component.
$squares = array_map(fn($number) => $number ** 2, range(1, 12));
echo json_encode(['squares' => $squares, 'sum' => array_sum($squares)]), "\n";
echo preg_replace_callback('/\b(\w)(\w*)/', fn($word) => strtoupper($word[1]) . strrev($word[2]), 'the quick brown fox'), "\n";
printf("%08.3f %s %s\n", M_PI, md5('wasm'), number_format(1234567.891, 2));
