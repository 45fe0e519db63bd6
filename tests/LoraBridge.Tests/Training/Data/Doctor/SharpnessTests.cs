using LoraBridge.Imaging;
using LoraBridge.Training.Data.Doctor;

namespace LoraBridge.Tests.Training.Data.Doctor;

public sealed class SharpnessTests
{
    [Fact]
    public void Of_MoreBlur_IsLess()
    {
        var sharp = PictureFolder.Drawn(512, 512, 1).ToGrey();
        double[] measures = [.. new[] { 512, 256, 96, 32 }.Select(side => Sharpness.Of(sharp.Resized(side, side, ResizeFilter.Box).Resized(512, 512, ResizeFilter.Bicubic))!.Value)];

        Assert.Equal(measures.OrderDescending(), measures);
        Assert.True(measures[0] > 0.02, $"{measures[0]}");
        Assert.True(measures[^1] < new DoctorOptions().LeastSharpness, $"{measures[^1]}");
    }

    [Fact]
    public void Of_LessContrast_IsTheSame()
    {
        var sharp = PictureFolder.Drawn(256, 256, 2).ToGrey();
        var faint = new Picture(256, 256, 1, Array.ConvertAll(sharp.Pixels, value => (byte)(100 + value / 4)));
        Assert.InRange(Sharpness.Of(faint)!.Value / Sharpness.Of(sharp)!.Value, 0.95, 1.05);
    }

    [Fact]
    public void Of_NothingToJudge_IsNull()
    {
        Assert.Null(Sharpness.Of(new(64, 64, 1)));
        Assert.Null(Sharpness.Of(new(2, 64, 1)));
    }

    [Fact]
    public void Of_Checkers_IsThePredictedNumber()
    {
        var checkers = new Picture(20, 20, 1);
        for (var i = 0; i < 400; i++) checkers.Pixels[i] = (byte)((i % 20 + i / 20) % 2 == 0 ? 0 : 200);
        // every Laplacian is eight times the deviation from the mean
        Assert.Equal(64, Sharpness.Of(checkers)!.Value, 9);
    }
}
