using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Sftp;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Sftp.ScriptedSftpServer;

namespace SshMux.Engine.Tests.Fuzz;

// An sftp server, while a folder is copied from it.
public sealed partial class FuzzTests
{
    private static Target SftpServers()
    {
        // What an honest one says, a block for each request: its length, the type of the reply, the body.
        byte[] names =
        [
            .. Number(2), .. Text("file"), .. Text(""), .. Mode(0x81a4),
            .. Text("folder"), .. Text(""), .. Mode(0x41ed),
        ];
        byte[][] seeds =
        [
            [
                .. Block(SftpProtocol.VersionReply, [.. Text(SftpProtocol.Limits), .. Text("1")]),
                .. Block(SftpProtocol.ExtendedReply, new byte[32]),
                .. Block(SftpProtocol.Attributes, Mode(0x41ed)),
                .. Block(SftpProtocol.Name, [.. Number(1), .. Text("/there"), .. Text(""), .. Number(0)]),
                .. Block(SftpProtocol.Handle, Text("h")),
                .. Block(SftpProtocol.Name, names),
                .. Block(SftpProtocol.Handle, Text("f")),
                .. Block(SftpProtocol.Data, Text("content")),
                .. Block(SftpProtocol.Status, [.. Number(1), .. Text("end"), .. Text("")]),
                .. Block(SftpProtocol.Status, [.. Number(4), .. Text("\u001b[31mno"), .. Text("")]),
            ],
        ];
        return new Target(mutator => mutator.Mutate(seeds), async input =>
        {
            using var folder = new TestFolder();
            var at = 0;
            await using var server = new ScriptedSftpServer((type, id, _) =>
            {
                if (input.Length - at < 3) return null;
                var length = Math.Min((input[at] << 8) | input[at + 1], input.Length - at - 3);
                var start = at + 3;
                at = start + length;
                return Reply(input[start - 1], type == SftpProtocol.Init ? 3 : id, input[start..at]);
            });
            var report = new CopyReport();
            try
            {
                await using var client = await server.ConnectAsync();
                using var downloader = new SftpDownloader(client, new SftpCopyOptions { Recurse = true }, report);
                downloader.SetDestination(folder.File("target"));
                await downloader.AddAsync("there", default);
                await downloader.CompleteAsync(default);
            }
            catch (SshException e)
            {
                Assert.DoesNotContain(e.Message, char.IsControl);
            }

            Assert.All(report.Failed, failed => Assert.DoesNotContain(failed.Reason.Message, char.IsControl));
            Assert.All(
                Directory.GetFileSystemEntries(folder.Path),
                path => Assert.StartsWith(folder.File("target"), path));
        });

        static byte[] Block(byte type, byte[] body) => [(byte)(body.Length >> 8), (byte)body.Length, type, .. body];
    }
}
