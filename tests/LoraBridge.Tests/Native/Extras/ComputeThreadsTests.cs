using LoraBridge.Torch;

namespace LoraBridge.Tests.Native.Extras;

public sealed class ComputeThreadsTests
{
    [Fact]
    public void CountCores_SiblingThreads_CountOnce()
    {
        var folder = Directory.CreateTempSubdirectory("lorabridge");
        try
        {
            foreach (var (cpu, siblings) in new[] { (0, "0,4"), (1, "1,5"), (4, "0,4"), (5, "1,5"), (6, "6") })
            {
                var topology = folder.CreateSubdirectory($"cpu{cpu}/topology");
                File.WriteAllText(Path.Combine(topology.FullName, "thread_siblings_list"), siblings + "\n");
            }
            folder.CreateSubdirectory("cpufreq");
            Assert.Equal(3, ComputeThreads.CountCores(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Worth_GrowsWithTheNetwork()
    {
        // four pictures of 128 x 128 in the embedded model, one of 512 x 512 in Stable Diffusion 1.5
        Assert.Equal(1, ComputeThreads.Worth(32, 4 * 16 * 16));
        Assert.Equal(Math.Min(ComputeThreads.Cores, 37), ComputeThreads.Worth(320, 64 * 64));
    }

    [Fact]
    public void CountCores_NothingKnown_LeavesTheNumberToTheProcess()
    {
        Assert.Equal(int.MaxValue, ComputeThreads.CountCores("/nowhere"));
        Assert.InRange(ComputeThreads.Cores, 1, Environment.ProcessorCount);
    }
}
