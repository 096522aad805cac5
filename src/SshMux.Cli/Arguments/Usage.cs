namespace SshMux.Cli.Arguments;

/// <summary>The text for whoever calls the command wrong, and the one for whoever asks.</summary>
internal static class Usage
{
    /// <summary>ssh(1)'s usage.</summary>
    public const string Text = """
        usage: sshmux [-46AaCfGgKkMNnqsTtVvXxYyZ] [-B bind_interface] [-b bind_address]
                      [-c cipher_spec] [-D [bind_address:]port] [-E log_file]
                      [-e escape_char] [-F configfile] [-I pkcs11] [-i identity_file]
                      [-J destination] [-L address] [-l login_name] [-m mac_spec]
                      [-O ctl_cmd] [-o option] [-P tag] [-p port] [-R address]
                      [-S ctl_path] [-W host:port] [-w local_tun[:remote_tun]]
                      destination [command [argument ...]]
               sshmux [-Q query_option]

        """;

    /// <summary>What -h and --help print.</summary>
    public const string Help = Text + """

        The options are those of ssh(1). About connections that several commands share:
          -M              be a master: log in once, and let others use the connection
          -S ctl_path     the control socket: where a master listens, and others find it
                          (-o ControlPath; ControlMaster=auto finds or makes a master)
          -M -S -         no control socket: the protocol on standard input and output,
                          for the program that starts this one
          -O ctl_cmd      ask a master: check, forward, cancel, exit, stop, conninfo,
                          channels; or proxy, to run over it with channels of our own
          -O sessions     list the sessions of a master of ours, whoever's they are;
                          -O forwards: its forwards. SESSION is a number or a name:
          -O signal=NAME destination SESSION    send its program a signal (TERM, ...)
          -O close       destination SESSION    end it
          -O rename      destination SESSION NAME
          -O watch       destination [SESSION]  see what goes through it, or through all;
                          -O watch=output (input, error): those bytes as they are
          -O lock, -O unlock      have a master of ours open nothing new until it is
                          unlocked: it refuses what is asked for (-O lock=wait: lets it
                          wait); -O lock=passphrase, or wait,passphrase: asks for one
          -o SshMuxSession=NAME   call the command's session that
          -o SshMuxOverflow=queue|connect|refuse
                          what a master does with more sessions than the server allows
                          (MaxSessions): they wait (60 s while none ends; queue TIME),
                          or it logs in again (connect NUMBER), or refuses them
          -o SshMuxReconnect=yes|NUMBER
                          a master makes a lost connection again; what comes meanwhile
                          waits (for 60 s, or another TIME behind it)
          -f -N           no command, and into the background once logged in

        To look at things:
          -G              print the configuration for a host
          -Z              print the keys that a login would offer, in their order
          -Q query        list algorithms (-Q help: of what)
          -v, -vv, -vvv   tell what happens
          -V              print the version

        Not supported: -I (PKCS#11; use the token's keys through ssh-agent), -K (GSSAPI),
        -w (tunnel devices), -y (the system log; -E writes messages to a file).

        Example: sshmux -fNM -S ~/.ssh/web1 web1; sshmux -S ~/.ssh/web1 web1 uptime

        """;
}
