using static TorchSharp.torch;

namespace LoraBridge.Torch;

/// <summary>How many threads torch computes with.</summary>
internal static class ComputeThreads
{
    /// <summary>
    /// Lets torch use every core that this process may use, unless OMP_NUM_THREADS says otherwise. Left alone, some builds of
    /// libtorch (Debian's without MKL) begin with a single thread.
    /// </summary>
    public static void UseCores()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"))) set_num_threads(Cores);
    }

    /// <summary>Cores, not hardware threads: two threads of one core share its arithmetic units and only get in each other's way.</summary>
    public static int Cores { get; } = Math.Clamp(CountCores("/sys/devices/system/cpu"), 1, Environment.ProcessorCount);

    /// <summary>The number of distinct sets of sibling threads below a folder laid out like Linux's; a great number where it says nothing.</summary>
    internal static int CountCores(string folder)
    {
        if (!Directory.Exists(folder)) return int.MaxValue;
        var siblings = Directory.EnumerateDirectories(folder, "cpu*")
            .Select(cpu => Path.Combine(cpu, "topology", "thread_siblings_list"))
            .Where(File.Exists)
            .Select(File.ReadAllText)
            .ToHashSet();
        return siblings.Count == 0 ? int.MaxValue : siblings.Count;
    }
}
