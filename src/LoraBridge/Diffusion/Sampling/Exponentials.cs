namespace LoraBridge.Diffusion.Sampling;

/// <summary>The exponential functions of exponential integrators, accurate where their textbook forms cancel.</summary>
internal static class Exponentials
{
    /// <summary>e^x - 1 (Kahan's form).</summary>
    public static double Expm1(double x)
    {
        var power = Math.Exp(x);
        if (power == 1) return x;
        return power - 1 == -1 || double.IsInfinity(power) ? power - 1 : (power - 1) * x / Math.Log(power);
    }
}
