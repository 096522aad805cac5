namespace SshMux.Cli;

/// <summary>The text for whoever calls the command wrong.</summary>
internal static class Usage
{
    public const string Text = """
        usage: sshmux [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface] [-b bind_address]
                      [-c cipher_spec] [-D [bind_address:]port] [-E log_file]
                      [-e escape_char] [-F configfile] [-I pkcs11] [-i identity_file]
                      [-J destination] [-L address] [-l login_name] [-m mac_spec]
                      [-O ctl_cmd] [-o option] [-P tag] [-p port] [-R address]
                      [-S ctl_path] [-W host:port] [-w local_tun[:remote_tun]]
                      destination [command [argument ...]]
               sshmux [-Q query_option]

        """;
}
