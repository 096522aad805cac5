using System.Net.Sockets;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Users, services, paths and variables, as this machine names them.</summary>
[Trait("System", "any")]
public class LocalNamesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_user_is_the_one_of_the_password_database()
    {
        var names = await ProcessResult.RunAsync("id", ["-un"]);
        var user = LocalUser.Current;
        Assert.Equal(names.Output.TrimEnd(), user.Name);
        Assert.Equal($"{Syscall.getuid()}", user.Id);
        Assert.Equal(user.HomeFolder, LocalUser.HomeFolderOf(user.Name));
        Assert.Null(LocalUser.HomeFolderOf("no-user-of-that-name"));
    }

    [Fact]
    public void Users_are_named_as_far_as_they_have_names()
    {
        OnlyOn.Unix();
        Assert.Equal("user root (uid 0)", LocalUser.Describe(0));
        Assert.Equal("uid 4000000000", LocalUser.Describe(4_000_000_000));
    }

    [Theory]
    [InlineData("ssh", 22)]
    [InlineData("no-service-of-that-name", null)]
    [InlineData("22", null)]
    [InlineData("", null)]
    public void Services_have_ports(string name, int? port) => Assert.Equal(port, ServicePort.Find(name));

    [Fact]
    public void A_path_is_the_same_after_the_way_to_Mono_Unix_and_back()
    {
        foreach (var (path, native) in new[]
        {
            ("/plain/smørrebrød/\U0001F480", "/plain/smørrebrød/\U0001F480"),
            ("/caf\uDCE9", "/caf\0\u00E9"),
            ("\uDC80/\U0001F480/\uDCFF\uDCFFx", "\0\u0080/\U0001F480/\0\u00FF\0\u00FFx"),
            ("\uDCE9 and half a character\uD83D", "\0\u00E9 and half a character\uD83D"),
        })
        {
            Assert.Equal(native, UnixPath.Native(path));
            Assert.Equal(path, UnixPath.FromNative(native));
        }

        Assert.Equal("cut off\0", UnixPath.FromNative("cut off\0"));
    }

    [Fact]
    public void Paths_with_bytes_that_are_no_UTF8_are_found_and_read()
    {
        OnlyOn.Unix();
        using var folder = new TestFolder();
        var (name, inner) = (folder.File("caf\uDCE9"), folder.File("caf\uDCE9/\uDCE9"));
        Assert.False(UnixPath.Exists(name));
        Assert.False(UnixPath.IsFolder(name));
        Assert.Equal(0, Syscall.mkdir(UnixPath.Native(name), FilePermissions.ACCESSPERMS));
        using (var file = DescriptorHandle.TryOpen(
            inner, OpenFlags.O_CREAT | OpenFlags.O_WRONLY, out _, FilePermissions.DEFFILEMODE)!)
        {
            Descriptors.Write(file, "bytes"u8);
        }

        Assert.True(UnixPath.Exists(name) && UnixPath.IsFolder(name));
        Assert.True(UnixPath.Exists(inner) && !UnixPath.IsFolder(inner));
        using (var file = UnixFile.OpenRead(inner)) Assert.Equal("bytes", new StreamReader(file).ReadToEnd());
        var error = Assert.Throws<IOException>(() => UnixFile.OpenRead(name + "/missing"));
        Assert.Contains("No such file", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Syscall.unlink(UnixPath.Native(inner)));
        Assert.Equal(0, Syscall.rmdir(UnixPath.Native(name)));
    }

    [Fact]
    public void Where_such_a_path_will_not_do_it_is_refused()
    {
        UnixPath.Demand("/smørrebrød", "the file");
        var error = Assert.Throws<SshException>(() => UnixPath.Demand("/caf\uDCE9", "the file"));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.StartsWith("the file '", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unix_socket_at_such_a_path_is_bound_and_reached()
    {
        OnlyOn.Unix();
        using var folder = new TestFolder();
        var path = folder.File("s\uDCE9");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        SocketFile.Bind(listener, path, FilePermissions.S_IRUSR | FilePermissions.S_IWUSR);
        Assert.Equal([.. System.Text.Encoding.ASCII.GetBytes(folder.File("s")), 0xE9], PeerName.OfOwn(listener.SafeHandle));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(UnixSocketEndPoint.Of(path), Stop);
        Assert.Equal(PeerName.OfOwn(listener.SafeHandle), PeerName.Of(client.SafeHandle));
        Assert.Null(PeerName.OfOwn(client.SafeHandle)); // it has no name itself
        Assert.Equal(0, Syscall.unlink(UnixPath.Native(path)));
    }

    [Fact]
    public void What_is_no_unix_socket_has_no_such_name()
    {
        OnlyOn.Unix();
        using var tcp = new TcpTestServer();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect("127.0.0.1", tcp.Port);
        Assert.Null(PeerName.Of(client.SafeHandle));
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.Read);
        Assert.Null(PeerName.Of(nothing));
    }

    [Fact]
    public async Task Variables_have_their_bytes_back_from_the_process_that_had_them()
    {
        OnlyOn.Unix();
        // .NET has the replacement character for the byte, as if this process had been started with it.
        const string name = "SSHMUX_TEST_BYTES";
        Assert.Null(ProcessEnvironment.Get(name));
        Environment.SetEnvironmentVariable(name, "caf\uFFFD");
        try
        {
            ProcessEnvironment.RestoreFrom(int.MaxValue); // no such process
            Assert.Equal("caf\uFFFD", ProcessEnvironment.Get(name));
            using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
            var child = UnixChildProcess.Start("sleep", ["1000"], null, nothing, $"{name}=caf\uDCE9");

            // A program that has just been started has none for a moment.
            await Eventually.TrueAsync(
                () => File.ReadAllBytes($"/proc/{child.Id}/environ").Length > 0, "it has its environment");
            ProcessEnvironment.RestoreFrom(child.Id);
            Assert.Equal("caf\uDCE9", ProcessEnvironment.Get(name));
            Assert.Contains(new KeyValuePair<string, string>(name, "caf\uDCE9"), ProcessEnvironment.All());
            child.Signal(Signum.SIGKILL);
            await child.Exited.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }
}
