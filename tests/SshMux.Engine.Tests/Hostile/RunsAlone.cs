namespace SshMux.Engine.Tests.Hostile;

/// <summary>Tests that look at the memory of the whole process: no other runs at the same time.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;
