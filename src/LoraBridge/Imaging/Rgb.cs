namespace LoraBridge.Imaging;

/// <summary>An 8-bit colour.</summary>
/// <param name="R">Red.</param>
/// <param name="G">Green.</param>
/// <param name="B">Blue.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>Black.</summary>
    public static Rgb Black => default;

    /// <summary>White.</summary>
    public static Rgb White => new(255, 255, 255);
}
