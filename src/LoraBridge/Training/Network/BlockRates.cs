using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Network;

/// <summary>Factors on the learning rate of the UNet's blocks.</summary>
internal static class BlockRates
{
    /// <summary>Whether any block has a rate of its own.</summary>
    public static bool AreGiven(OptimizerOptions options) =>
        options.DownBlockRates.Count > 0 || options.UpBlockRates.Count > 0 || options.MiddleBlockRate != 1;

    /// <summary>The factor of a block.</summary>
    /// <param name="options">The rates.</param>
    /// <param name="block">The block's index: down, middle, up.</param>
    /// <param name="down">How many blocks lead down.</param>
    public static double Factor(OptimizerOptions options, int block, int down) =>
        block < down ? At(options.DownBlockRates, block) : block == down ? options.MiddleBlockRate : At(options.UpBlockRates, block - down - 1);

    private static double At(IReadOnlyList<double> rates, int index) => rates.Count == 0 ? 1 : rates[index];
}
