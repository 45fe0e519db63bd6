using LoraBridge.Lora.Tools;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class SpectrumTests
{
    [Fact]
    public void Of_EqualValues_UsesThemAll()
    {
        var spectrum = Spectrum.Of([2, 2, 2, 2]);

        Assert.Equal((2, 4), (spectrum.Largest, spectrum.Used));
        Assert.Equal(4, spectrum.Effective, 1e-12);
        Assert.Equal(4, spectrum.Stable, 1e-12);
    }

    [Fact]
    public void Of_OneLargeValue_UsesLittleMoreThanOne()
    {
        var spectrum = Spectrum.Of([10, 0.5, 0.1, 0.05]);

        Assert.Equal(2, spectrum.Used);                                          // 0.1 is 1 % and not above it
        Assert.InRange(spectrum.Effective, 1.1, 1.5);
        Assert.InRange(spectrum.Stable, 1.0, 1.01);
    }

    [Fact]
    public void Of_Zeros_IsZero() => Assert.Equal(new(0, 0, 0, 0), Spectrum.Of([0, 0]));
}
