namespace LoraBridge.Tests.Native;

/// <summary>Tests of what the whole process shares (the default generator, counts, memory): none runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessWide
{
    public const string Name = "Process wide";
}
