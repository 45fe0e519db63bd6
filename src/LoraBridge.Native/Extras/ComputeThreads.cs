using static TorchSharp.torch;

namespace LoraBridge.Torch;

/// <summary>How many threads torch computes with.</summary>
internal static class ComputeThreads
{
    /// <summary>
    /// What a thread shall have to multiply in a layer. Measured on two cores, in training: two threads took 1.5 times as long as one with 9 million a
    /// layer, 1.3 times with 38, 1.1 times with 85; of Stable Diffusion 1.5 at 512 x 512 a layer has 3,800 million.
    /// </summary>
    private const double LeastWork = 1e8;

    private static readonly bool s_isOurs = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));

    /// <summary>
    /// Lets torch use every core that this process may use, unless OMP_NUM_THREADS says otherwise. Left alone, some builds of
    /// libtorch (Debian's without MKL) begin with a single thread.
    /// </summary>
    public static void UseCores()
    {
        if (s_isOurs) set_num_threads(Cores);
    }

    /// <summary>Begins a piece of work with every core, and leaves the number as it was: what is interrupted by it goes on with its own, and its sums keep their order.</summary>
    public static Stay Begin()
    {
        var stay = new Stay(get_num_threads());
        UseCores();
        return stay;
    }

    /// <summary>
    /// Lets torch use as many cores as a network is worth, unless OMP_NUM_THREADS says otherwise: threads that have little to do wait for one another
    /// for longer than they compute.
    /// </summary>
    /// <param name="width">The channels of its first layers.</param>
    /// <param name="positions">In how many places each of them computes: pictures x height x width.</param>
    public static void UseFor(long width, long positions)
    {
        if (s_isOurs && Worth(width, positions) is var threads && threads != get_num_threads()) set_num_threads(threads);
    }

    /// <summary>How many cores a network is worth, by the multiplications of a 3x3 convolution between its first layers.</summary>
    internal static int Worth(long width, long positions) => (int)Math.Clamp(9.0 * width * width * positions / LeastWork, 1, Cores);

    /// <summary>What a piece of work found.</summary>
    /// <param name="Before">The number of threads.</param>
    internal readonly record struct Stay(int Before) : IDisposable
    {
        public void Dispose()
        {
            if (s_isOurs && Before != get_num_threads()) set_num_threads(Before);
        }
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
