using System.Diagnostics;

namespace SshMux.Benchmarks.Cases;

/// <summary>Single bytes there and back, as somebody types them.</summary>
internal static class Echo
{
    /// <summary>The times of so many bytes, in milliseconds, with a pause after each.</summary>
    public static Task<double[]> TimesAsync(
        Stream stream, int count, TimeSpan pause, CancellationToken cancellationToken) =>
        TimesAsync(stream, stream, count, pause, cancellationToken);

    /// <summary>The times of so many bytes, in milliseconds, without a pause, on the caller's thread.</summary>
    public static double[] Times(Stream stream, int count)
    {
        var times = new double[count];
        var one = new byte[1];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            stream.Write(one);
            stream.Flush();
            stream.ReadExactly(one);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return times;
    }

    public static async Task<double[]> TimesAsync(
        Stream output, Stream input, int count, TimeSpan pause, CancellationToken cancellationToken)
    {
        var times = new double[count];
        var one = new byte[1];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await output.WriteAsync(one, cancellationToken);
            await output.FlushAsync(cancellationToken);
            await input.ReadExactlyAsync(one, cancellationToken);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (pause > TimeSpan.Zero) await Task.Delay(pause, cancellationToken);
        }

        return times;
    }
}
