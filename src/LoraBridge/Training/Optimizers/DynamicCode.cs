namespace LoraBridge.Training.Optimizers;

/// <summary>The 256 levels of dynamic 8-bit numbers in [-1, 1] or [0, 1]: every power of ten has twice as many as the one below it.</summary>
/// <remarks>Dettmers et al. 2021 (arXiv:2110.02861), dynamic tree quantization: leading zeros count the power of ten, what follows is a fraction of it.</remarks>
internal static class DynamicCode
{
    private const int Powers = 7;

    /// <summary>The levels, rising; 0 and 1 are among them, and 1e-6 to 1 are spanned.</summary>
    public static float[] Levels(bool isSigned)
    {
        List<double> levels = [0, 1];
        for (var power = 0; power < Powers; power++)
        {
            // the middles of equal parts of [0.1, 1]
            var parts = 1 << (isSigned ? power : power + 1);
            for (var part = 0; part < parts; part++)
            {
                var level = (0.1 + 0.9 * (part + 0.5) / parts) * Math.Pow(10, power - Powers + 1);
                levels.Add(level);
                if (isSigned) levels.Add(-level);
            }
        }
        return [.. levels.Order().Select(level => (float)level)];
    }

    /// <summary>The middles between neighbouring levels.</summary>
    public static float[] Thresholds(float[] levels) => [.. levels.Zip(levels.Skip(1), (low, high) => (low + high) / 2)];
}
