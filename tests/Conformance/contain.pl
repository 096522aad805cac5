#!/usr/bin/perl
# contain.pl SECONDS COMMAND...: runs COMMAND in a session of its own and, when it has ended or the time is over, ends
# every process that it left behind, daemons too: this process is the one that orphans below it are given to. Exit status:
# the command's, 128 + N after signal N, 124 when the time was over. What was left behind is named on standard error.
use strict;
use warnings;
use POSIX qw(:sys_wait_h setsid uname);

my ($limit, @command) = @ARGV;
my %prctl = (x86_64 => 157, aarch64 => 167);
my $PR_SET_CHILD_SUBREAPER = 36;
my $number = $prctl{(uname())[4]} // die "contain.pl: not written for this processor\n";
syscall($number, $PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 or die "contain.pl: prctl: $!\n";

sub children {
  open(my $file, '<', "/proc/self/task/$$/children") or die "contain.pl: children: $!\n";
  return split(' ', <$file> // '');
}

sub command_line {
  open(my $file, '<', "/proc/$_[0]/cmdline") or return '?';
  my $line = do { local $/; <$file> } // '';
  $line =~ tr/\0/ /;
  return $line;
}

my $over = 0;
$SIG{ALRM} = sub { $over = 124; die "over\n" };
$SIG{$_} = sub { $over = 143; die "over\n" } for qw(TERM INT HUP);

my $main = fork() // die "contain.pl: fork: $!\n";
if ($main == 0) {
  $SIG{$_} = 'DEFAULT' for qw(ALRM TERM INT HUP);
  setsid();
  exec { $command[0] } @command or die "contain.pl: $command[0]: $!\n";
}

my $status;
eval {
  alarm($limit);
  until (defined $status) {
    my $pid = waitpid(-1, 0);
    $status = $? if $pid == $main;
  }
  alarm(0);
};
die $@ if $@ && $@ ne "over\n";
$SIG{$_} = 'IGNORE' for qw(ALRM TERM INT HUP);
print STDERR "contain.pl: not done after $limit seconds\n" if $over == 124;

# Each round ends what has no parent any more but this process; their children come in the next one. Those that are just
# ending by themselves get a second to do so.
my %named;
for (my $round = 0; ; $round++) {
  while ((my $pid = waitpid(-1, WNOHANG)) > 0) { $status = $? if $pid == $main }
  my @left = children() or last;
  for my $pid ($round < 10 && !$over ? () : @left) {
    print STDERR "contain.pl: left behind: $pid ", command_line($pid), "\n" unless $named{$pid}++;
    kill($round < 30 ? 'TERM' : 'KILL', $pid);
  }
  select(undef, undef, undef, 0.1);
}
exit($over || ($status & 127 ? 128 + ($status & 127) : $status >> 8));
