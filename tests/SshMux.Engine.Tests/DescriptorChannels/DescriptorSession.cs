using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>A session on descriptors, with a server in the hands of the test.</summary>
internal sealed class DescriptorSession : IDisposable
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What the tests send: more than a pipe holds, less than the first window.</summary>
    public static byte[] Data { get; } = Descriptors.RandomBytes(1_500_000, 3);

    public required SshConnection Connection { get; init; }

    public required ScriptedConnection Server { get; init; }

    public required DescriptorChannel Ends { get; init; }

    public required DescriptorHandle Input { get; init; }

    public required DescriptorHandle Output { get; init; }

    public required DescriptorHandle ErrorOutput { get; init; }

    public static async Task<DescriptorSession> OpenAsync(
        uint window = 1 << 20, DescriptorHandle? input = null, DescriptorHandle? output = null)
    {
        var connection = ScriptedConnection.Connect(out var server);
        var (pipeInput, toInput) = DescriptorPair.CreatePipe();
        var (fromOutput, pipeOutput) = DescriptorPair.CreatePipe();
        var (fromError, error) = DescriptorPair.CreatePipe();
        if (input is not null) pipeInput.Dispose();
        if (output is not null) pipeOutput.Dispose();
        var ends = DescriptorChannel.ForSession(input ?? pipeInput, output ?? pipeOutput, error);
        var opening = connection.OpenSessionAsync(ends, Stop);
        server.Confirm(window);
        await opening;
        return new DescriptorSession
        {
            Connection = connection,
            Server = server,
            Ends = ends,
            Input = toInput,
            Output = fromOutput,
            ErrorOutput = fromError,
        };
    }

    public async Task<byte[]> NextAsync(byte number, byte? skip = null)
    {
        while (true)
        {
            await Descriptors.UntilAsync(() => Server.Waiting != 0, $"message {number}");
            var message = Server.Take();
            if (message[0] == skip) continue;
            Assert.Equal(number, message[0]);
            return message;
        }
    }

    public async Task<byte[]> NextDataBytesAsync()
    {
        var reader = new SshReader(await NextAsync(MessageNumber.ChannelData));
        reader.ReadByte();
        reader.ReadUInt32();
        return reader.ReadString().ToArray();
    }

    public async Task<string> NextDataAsync() => Encoding.ASCII.GetString(await NextDataBytesAsync());

    public void Adjust(uint bytes) => Server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
    {
        w.WriteUInt32(0);
        w.WriteUInt32(bytes);
    });

    public void SayError(ReadOnlySpan<byte> text)
    {
        var data = text.ToArray();
        Server.Say(MessageNumber.ChannelExtendedData, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteUInt32(1);
            w.WriteString(data);
        });
    }

    public void Dispose()
    {
        Ends.Abort();
        Input.Dispose();
        Output.Dispose();
        ErrorOutput.Dispose();
    }

    /// <summary>Waits until the readiness thread has handled what was ready before.</summary>
    public static async Task BarrierAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            var (read, write) = DescriptorPair.CreatePipe();
            using var reader = DescriptorReader.Open(read);
            Descriptors.Write(write, [1]);
            await reader.WaitAsync();
            write.Dispose();
        }
    }
}
