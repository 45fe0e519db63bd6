using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class TrainingSetTests : IDisposable
{
    private readonly PictureFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, 3, "1 1 1 1 1 1", 0)]        // 6 visits for 6 pictures
    [InlineData(2, 2, "1 1 1 1 0 0", 2)]        // too many pictures: the last are not used
    [InlineData(3, 5, "3 3 3 2 2 2", 0)]        // too few: round after round
    public void Read_Regularisation_IsBalanced(int pictures, int repeats, string visits, int unused)
    {
        for (var i = 0; i < pictures; i++) _folder.Picture($"train/{repeats}_cat/{i}.png");
        for (var i = 0; i < 6; i++) _folder.Picture($"reg/1_animal/{i}.png");
        var set = _folder.Read(_folder.Dataset("train"), _folder.Dataset("reg") with { IsRegularisation = true });

        Assert.Equal(visits, string.Join(' ', set.Pictures.Where(picture => picture.IsRegularisation).Select(picture => picture.Visits)));
        Assert.Equal((pictures * repeats, pictures * repeats), (set.TrainingItems, set.RegularisationItems));
        Assert.Equal(unused, set.Findings.Where(finding => finding.Kind == FindingKind.UnusedRegularisation).Sum(finding => finding.Others.Count));
    }

    [Fact]
    public void Read_RegularisationRepeats_ComeFirst()
    {
        _folder.Picture("train/5_cat/a.png").Picture("reg/3_animal/a.png").Picture("reg/3_animal/b.png");
        var set = _folder.Read(_folder.Dataset("train"), _folder.Dataset("reg") with { IsRegularisation = true });
        Assert.Equal([5, 3, 2], set.Pictures.Select(picture => picture.Visits));
    }

    [Fact]
    public void Read_RegularisationCaptions_HaveNoTriggerWord()
    {
        _folder.Picture("train/5_cat/a.png").Picture("reg/1_animal/a.png");
        var options = _folder.Options(_folder.Dataset("train"), _folder.Dataset("reg") with { IsRegularisation = true }) with { Captions = new() { TriggerWord = "sks" } };
        Assert.Equal(["sks, cat", "animal"], TrainingSet.Read(options).Pictures.Select(picture => picture.CaptionAt(default)));
    }

    [Fact]
    public void Read_Errors_AreAllNamedWithTheirCure()
    {
        _folder.Picture("a.png").Picture("b.png");
        var error = Assert.Throws<DatasetException>(() => _folder.Read());
        Assert.Equal(2, error.Findings.Count);
        Assert.Contains(_folder.At("a.png") + ": It has no caption. Write one beside it", error.Message);
        Assert.Contains(_folder.At("b.png"), error.Message);
    }

    [Fact]
    public void Read_ManyErrors_NamesTheFirst()
    {
        for (var i = 0; i < 9; i++) _folder.Picture($"{i}.png");
        Assert.EndsWith("… and 4 more; the dataset doctor lists them all.", Assert.Throws<DatasetException>(() => _folder.Read()).Message);
    }

    [Fact]
    public void Read_RegularisationOnly_IsRefused()
    {
        _folder.Picture("1_animal/a.png");
        Assert.Contains("only regularisation", Assert.Throws<DatasetException>(() => _folder.Read(_folder.Dataset() with { IsRegularisation = true })).Message);
    }

    [Fact]
    public void Read_OwnOptionsOfASource_PrevailOverTheRuns()
    {
        _folder.Captioned("a/a.png", "x").Captioned("b/b.png", "x");
        var options = _folder.Options(_folder.Dataset("a"), _folder.Dataset("b") with { Captions = new() { Prefix = "own" }, Augmentation = new() { Flip = true } }) with { Captions = new() { Prefix = "run" } };
        var set = TrainingSet.Read(options);
        Assert.Equal(["run x", "own x"], set.Pictures.Select(picture => picture.CaptionAt(default)));
        Assert.Equal([false, true], set.Pictures.Select(picture => picture.Folder.Augmentation.Flip));
    }
}
