using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class BucketTableTests
{
    [Fact]
    public void Buckets_Of512_AreTheReferences()
    {
        string[] tall = ["256x832", "256x896", "256x960", "256x1024", "320x704", "320x768", "384x640", "448x576"];
        var wide = tall.Select(size => string.Join('x', size.Split('x').Reverse()));
        var buckets = new BucketTable(new()).Buckets;

        Assert.Equal(17, buckets.Count);
        Assert.Equal([.. tall, .. wide, "512x512"], buckets.Select(bucket => $"{bucket}").ToHashSet());
        Assert.Equal(buckets.OrderBy(bucket => bucket.Width).ThenBy(bucket => bucket.Height), buckets);
    }

    [Theory]
    [InlineData(768, 256, 1024, 19)]
    [InlineData(1024, 256, 2048, 41)]
    public void Buckets_OtherAreas_AreAsManyAsTheReferences(int side, int least, int most, int count) =>
        Assert.Equal(count, new BucketTable(new() { Width = side, Height = side, MinimumSide = least, MaximumSide = most }).Buckets.Count);

    [Theory]
    [InlineData(1024, 768, "576x448", "597x448")]
    [InlineData(1920, 1080, "640x384", "683x384")]
    [InlineData(640, 480, "576x448", "597x448")]
    [InlineData(3000, 1000, "832x256", "832x277")]
    [InlineData(300, 900, "256x832", "277x832")]
    [InlineData(832, 1216, "384x640", "438x640")]
    [InlineData(500, 400, "576x448", "576x461")]
    [InlineData(200, 200, "512x512", "512x512")]
    [InlineData(320, 768, "320x768", "320x768")]    // a bucket's own size
    public void Fit_Of512_IsTheReferences(int width, int height, string bucket, string resized)
    {
        var fit = new BucketTable(new()).Fit(width, height);
        Assert.Equal((bucket, resized), ($"{fit.Bucket}", $"{fit.Resized}"));
    }

    [Theory]
    [InlineData(1024, 768, "512x384", "512x384")]
    [InlineData(1920, 1080, "640x384", "683x384")]
    [InlineData(640, 480, "512x384", "512x384")]
    [InlineData(3000, 1000, "768x256", "768x256")]
    [InlineData(500, 400, "448x384", "500x400")]
    [InlineData(200, 200, "192x192", "200x200")]
    [InlineData(512, 512, "512x512", "512x512")]
    public void Fit_WithoutEnlarging_IsTheReferences(int width, int height, string bucket, string resized)
    {
        var fit = new BucketTable(new() { NoUpscale = true }).Fit(width, height);
        Assert.Equal((bucket, resized), ($"{fit.Bucket}", $"{fit.Resized}"));
    }

    [Fact]
    public void Fit_WithoutBuckets_CoversTheOneSize()
    {
        var fit = new BucketTable(new() { Enabled = false, Width = 512, Height = 768 }).Fit(1000, 1000);
        Assert.Equal(("512x768", "768x768"), ($"{fit.Bucket}", $"{fit.Resized}"));
        Assert.Equal(1.0 / 3, fit.Loss, 12);
        Assert.Equal(1.0 / 3, fit.AspectError, 12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_AnySize_CoversABucketOfWholeSteps(bool noUpscale)
    {
        var table = new BucketTable(new() { NoUpscale = noUpscale });
        var random = RandomSequence.For(1);
        for (var i = 0; i < 3000; i++)
        {
            var (width, height) = (64 + random.Next(3000), 64 + random.Next(3000));
            if (noUpscale && Math.Max(width, height) > 40 * Math.Min(width, height)) continue;
            var fit = table.Fit(width, height);
            Assert.True(fit.Resized.Width >= fit.Bucket.Width && fit.Resized.Height >= fit.Bucket.Height, $"{width}x{height}: {fit}");
            Assert.True(fit.Bucket.Width % 64 == 0 && fit.Bucket.Height % 64 == 0 && fit.Bucket.Area is > 0 and <= 512 * 512 + 64 * 512, $"{width}x{height}: {fit}");
            if (noUpscale) Assert.True(fit.Resized.Width <= width && fit.Resized.Height <= height, $"{width}x{height}: {fit}");
        }
    }

    [Fact]
    public void Fit_ThinnerThanAStepAndNotEnlarged_IsRefused() =>
        Assert.Contains("50x400", Assert.Throws<ArgumentException>(() => new BucketTable(new() { NoUpscale = true }).Fit(50, 400)).Message);

    public static TheoryData<BucketOptions, string> Contradictions => new()
    {
        { new() { Step = 12 }, "Step" },
        { new() { Enabled = false, Width = 500 }, "496x512" },
        { new() { Width = 1536 }, "MaximumSide" },
        { new() { MinimumSide = 250 }, "MinimumSide" },
        { new() { Width = 32, Height = 32 }, "Step" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Table_ContradictoryOptions_AreNamed(BucketOptions options, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => new BucketTable(options)).Message);
}
