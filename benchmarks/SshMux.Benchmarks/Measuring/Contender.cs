namespace SshMux.Benchmarks.Measuring;

/// <summary>One of those that a case compares.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="SampleAsync">Takes one sample: a number for each metric of the case.</param>
internal sealed record Contender(string Name, Func<CancellationToken, Task<double[]>> SampleAsync);
