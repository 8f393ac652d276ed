/** Questions to `ausearch`: each selector, broad and selective, alone and with others. */
export const SELECTIONS: readonly (readonly string[])[] = `
-k docker | -k d -w | -k (null) | -k null | -f /etc | -f docker.sock | -f ./ | -f /./ | -f / -w | -f n | -f /bin/ls | -tm none | -x sshd | -x /e | -x a | -c docker | -c a=b
-p 7 | -pp 1 | -ui 0 | -ui 1000 | -ue 0 | -ul 1000 | -ul -1 | -ua 5 | -ua 1000 | -gi 0 | -ge 0 | -ga 1000 | --session 8 | --session -1 | -sv no | -sv yes
-hn 198.18 | -hn ? | -hn h | -tm ssh | -tm pts | -tm ? | -ui 5 | -ui 7 | -ue 5 | -gi 1000 | -ge 1000 | -sc 0 | -sc 2 | -sc 0 -sv yes | -ui 0 -sv no | -m LOGIN -ui 0 | -m USER_LOGIN,SYSCALL -sv no | -sv no -f /etc | -sc 59 | -sc execve -sv yes | -e 3 | -e -13 | -e 0 | -e -2 | -e EACCES | --arch x86_64 | -a 17 | -m USER_AUTH
-m LOGIN,PATH -k docker | -m ALL | -su container | -o x | -se system_u | -vm v | -uu x | -n web1 -k docker | -ua root | -ui root | -ue root -sv yes | -ul root | -ul joe | -ul alice -x docker
-k docker -ul 1000 -sv yes | -ts 11/14/23 22:13:21 -x docker | -te 11/14/23 22:13:21 | -k docker -i | -x sshd --format csv | -x sshd --format text
-m ALL --debug | -r -m ALL --just-one | -m USER_LOGIN --escape shell
`
  .split(/[|\n]/)
  .map((line) => line.trim().split(" "))
  .filter(([first]) => first !== "")
  .flatMap((words) =>
    words.some((word) => /^(?:-i|-r|--format)$/.test(word)) ? [words] : [words, [...words, "-r"]],
  );
