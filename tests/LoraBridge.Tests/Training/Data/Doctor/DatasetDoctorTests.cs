using LoraBridge.Imaging;
using LoraBridge.Tests.Diffusion.Text;
using LoraBridge.Tests.Imaging;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;

namespace LoraBridge.Tests.Training.Data.Doctor;

public sealed class DatasetDoctorTests : IDisposable
{
    private readonly PictureFolder _folder = new();
    private readonly DoctorOptions _limits = new() { FewestPictures = 1 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Examine_SoundPictures_FindsNothing()
    {
        for (var i = 0; i < 6; i++) _folder.Captioned($"{i}.png", $"picture {i}", 320, 320, i);
        var report = Examine(_folder.Options() with { Buckets = new() { Width = 256, Height = 256 } }, new());

        Assert.Empty(report.Findings);
        Assert.Equal(6, report.Pictures);
        Assert.True(report.CanStart);
    }

    [Fact]
    public void Examine_Duplicates_NamesTheTwin()
    {
        var picture = PictureFolder.Drawn(128, 128, 1);
        _folder.Picture("a.png", picture).Picture("b.png", picture).Picture("c.png", picture.Resized(100, 100)).Picture("d.png", 128, 128, 2);
        var found = Found(FindingKind.ExactDuplicate, FindingKind.NearDuplicate);

        Assert.Equal([(FindingKind.ExactDuplicate, "b.png", "a.png"), (FindingKind.NearDuplicate, "c.png", "a.png")], found.Select(finding => (finding.Kind, Path.GetFileName(finding.Path), Path.GetFileName(finding.Others[0]))));
    }

    [Fact]
    public void Examine_OneColorPictures_AreNoDuplicates()
    {
        var (black, white) = (new Picture(64, 64, 3), new Picture(64, 64, 3));
        white.Fill(Rgb.White);
        _folder.Picture("a.png", black).Picture("b.png", white);
        Assert.Empty(Found(FindingKind.ExactDuplicate, FindingKind.NearDuplicate, FindingKind.Blurred));
    }

    [Fact]
    public void Examine_SmallPicture_SaysHowMuchItIsEnlarged()
    {
        _folder.Picture("a.png", 200, 200).Picture("b.png", 512, 512, 1).Picture("c.png", 500, 500, 2);
        var found = Examine(Named() with { Buckets = new() }, _limits).Findings.Where(finding => finding.Kind == FindingKind.Small).ToList();

        Assert.Equal(["a.png", "c.png"], found.Select(finding => Path.GetFileName(finding.Path)));
        Assert.Contains("200x200 and must be enlarged 2.56 times to 512x512", found[0].Sentence);
        var kept = Examine(Named() with { Buckets = new() { NoUpscale = true } }, _limits).Findings.Where(finding => finding.Kind == FindingKind.Small);
        Assert.Equal("It is 200x200 and is trained at only 192x192.", Assert.Single(kept).Sentence);
    }

    [Fact]
    public void Examine_BlurredPicture_IsFound()
    {
        var sharp = PictureFolder.Drawn(512, 512, 1);
        _folder.Picture("a.png", sharp).Picture("b.png", PictureFolder.Drawn(512, 512, 3).Resized(24, 24, ResizeFilter.Box).Resized(512, 512, ResizeFilter.Bicubic));
        Assert.Equal("b.png", Path.GetFileName(Assert.Single(Found(FindingKind.Blurred)).Path));
    }

    [Theory]
    [InlineData(UnusablePicture.Fail, false)]
    [InlineData(UnusablePicture.LeaveOut, true)]
    public void Examine_PictureCutShort_IsFound(UnusablePicture unreadable, bool canStart)
    {
        var bytes = PictureFile.Encode(PictureFolder.Drawn(64, 64, 1));
        _folder.Picture("a.png").Bytes("b.png", bytes[..(bytes.Length * 2 / 3)]);
        var report = Examine(_folder.Options(_folder.Dataset() with { FallbackCaption = "x", Unreadable = unreadable }), _limits);
        Assert.Equal(_folder.At("b.png"), Assert.Single(report.Findings, finding => finding.Kind == FindingKind.Unreadable).Path);
        Assert.Equal((canStart, 1), (report.CanStart, report.Pictures));
    }

    [Fact]
    public void Examine_Fixtures_TellsTurnedAndForeignColors()
    {
        foreach (var fixture in PictureFixtures.All.Where(fixture => fixture.Broken is null && (fixture.Orientation > 1 || fixture.Bits > 8 || fixture.File == "cmyk.jpg")))
            _folder.Bytes(fixture.File, PictureFixtures.Bytes(fixture.File));
        var found = Found(FindingKind.Rotated, FindingKind.ColorProfile);

        string[] Names(FindingKind kind) => [.. found.Where(finding => finding.Kind == kind).Select(finding => Path.GetFileName(finding.Path)).Order(StringComparer.Ordinal)];
        var readable = PictureFixtures.All.Where(fixture => fixture.Broken is null && File.Exists(_folder.At(fixture.File)) && PictureSearch.Endings.Contains(Path.GetExtension(fixture.File))).ToList();
        Assert.Equal(readable.Where(fixture => fixture.Orientation > 1).Select(fixture => fixture.File).Order(StringComparer.Ordinal), Names(FindingKind.Rotated));
        Assert.Equal(readable.Where(fixture => fixture.Bits > 8 || fixture.File == "cmyk.jpg").Select(fixture => fixture.File).Order(StringComparer.Ordinal), Names(FindingKind.ColorProfile));
        Assert.NotEmpty(Names(FindingKind.Rotated));
        Assert.Contains(found, finding => finding.Sentence.Contains("CMYK", StringComparison.Ordinal));
    }

    /// <summary>The data set's owner wants to know of all of them, before captions are written.</summary>
    [Fact]
    public void Examine_PicturesWithoutCaptions_AreLookedAtAndComparedToo()
    {
        var bytes = PictureFile.Encode(PictureFolder.Drawn(64, 64, 1));
        _folder.Bytes("a.png", bytes).Bytes("b.png", bytes).Bytes("c.png", bytes[..(bytes.Length * 2 / 3)]);
        File.WriteAllText(_folder.At("b.txt"), "a pattern");
        var report = Examine(_folder.Options(), _limits);

        var twin = Assert.Single(report.Findings, finding => finding.Kind == FindingKind.ExactDuplicate);
        Assert.Equal(("a.png", "b.png"), (Path.GetFileName(twin.Path), Path.GetFileName(twin.Others[0])));       // the one without a caption is to go
        Assert.DoesNotContain("another caption", twin.Sentence, StringComparison.Ordinal);
        Assert.Equal("c.png", Path.GetFileName(Assert.Single(report.Findings, finding => finding.Kind == FindingKind.Unreadable).Path));
        Assert.Equal(2, report.Findings.Count(finding => finding.Kind == FindingKind.MissingCaption));
        Assert.Equal(1, report.Pictures);
    }

    [Fact]
    public void Examine_LongPicture_IsFound()
    {
        _folder.Picture("a.png", 300, 90).Picture("b.png", 90, 80, 1);
        Assert.Equal("a.png", Path.GetFileName(Assert.Single(Found(FindingKind.ExtremeAspect)).Path));
    }

    [Fact]
    public void Examine_TransparentPicture_IsFoundUnlessItIsAMask()
    {
        var clear = PictureFolder.Drawn(64, 64, 1).ToRgba();
        for (var i = 3; i < clear.Pixels.Length; i += 4) clear.Pixels[i] = 2;
        _folder.Picture("a.png", clear);
        Assert.Contains("grey level 255", Assert.Single(Found(FindingKind.Transparent)).Sentence);
        var masked = Examine(Named() with { Augmentation = new() { AlphaMask = true } }, _limits).Findings;
        Assert.Equal(FindingKind.EmptyMask, Assert.Single(masked).Kind);
    }

    [Fact]
    public void Examine_EmptyMask_IsFound()
    {
        var white = new Picture(64, 64, 1);
        white.Fill(Rgb.White);
        _folder.Picture("a.png").Picture("b.png", seed: 1).Picture("a-masklabel.png", new Picture(64, 64, 1)).Picture("b-masklabel.png", white);
        Assert.Equal(_folder.At("a-masklabel.png"), Assert.Single(Found(FindingKind.EmptyMask)).Path);
    }

    [Fact]
    public void Examine_Captions_FindsEmptyLongAndTriggerless()
    {
        _folder.Captioned("a.png", "").Captioned("b.png", string.Join(' ', Enumerable.Repeat("cat", 80)), seed: 1).Captioned("c.png", "a sks cat", seed: 2).Captioned("d.png", "{" + string.Join(' ', Enumerable.Repeat("cat", 90)) + "|dog}", seed: 3);
        var options = _folder.Options() with { Captions = new() { TriggerWord = "sks", Wildcards = true } };
        var found = Examine(options, _limits, withTokens: true).Findings;

        Assert.Equal("a.png", Path.GetFileName(Assert.Single(found, finding => finding.Kind == FindingKind.EmptyCaption).Path));
        var cut = found.Where(finding => finding.Kind == FindingKind.LongCaption).ToList();
        Assert.Equal(["b.png", "d.png"], cut.Select(finding => Path.GetFileName(finding.Path)));
        // the trigger word and its comma come on top
        Assert.Contains($"has {Clip.Tokenizer.Count("sks,") + 80} tokens", cut[0].Sentence);
        Assert.Equal(3, Assert.Single(found, finding => finding.Kind == FindingKind.MissingTrigger).Others.Count);
        Assert.DoesNotContain(Examine(options with { Captions = options.Captions with { TokenLength = 150 } }, _limits, withTokens: true).Findings, finding => finding.Kind == FindingKind.LongCaption);
    }

    [Fact]
    public void Examine_OneCaptionForAll_IsFound()
    {
        _folder.Captioned("a.png", "a cat").Captioned("b.png", "a cat", seed: 1);
        Assert.Single(Examine(_folder.Options(), _limits).Findings, finding => finding.Kind == FindingKind.SameCaption);
    }

    [Fact]
    public void Examine_Numbers_AreJudged()
    {
        _folder.Picture("a.png").Picture("b.png", seed: 1);
        Assert.Contains("2 training pictures", Assert.Single(Examine(Named(), new()).Findings, finding => finding.Kind == FindingKind.TooFewPictures).Sentence);
        Assert.Single(Examine(Named(), _limits with { MostPictures = 1 }).Findings, finding => finding.Kind == FindingKind.TooManyPictures);
    }

    [Fact]
    public void Examine_NothingThere_SaysSoAndForbidsTheStart()
    {
        var report = Examine(_folder.Options(_folder.Dataset("nowhere")), _limits);
        Assert.False(report.CanStart);
        Assert.Equal(FindingKind.MissingFolder, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public void Examine_Progress_HearsOfEachPicture()
    {
        for (var i = 0; i < 5; i++) _folder.Picture($"{i}.png", seed: i);
        var heard = new List<DatasetProgress>();
        DatasetDoctor.Examine(Named(), _limits with { Threads = 2 }, progress: new Synchronous(heard));
        Assert.Equal([1, 2, 3, 4, 5], heard.Select(progress => progress.Done).Order());
        Assert.All(heard, progress => Assert.Equal(5, progress.Total));
    }

    [Fact]
    public void Examine_Cancelled_Ends()
    {
        for (var i = 0; i < 20; i++) _folder.Picture($"{i}.png", seed: i);
        using var cancellation = new CancellationTokenSource();
        var progress = new Cancelling(cancellation);
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetDoctor.Examine(Named(), _limits with { Threads = 2 }, progress: progress, cancellation: cancellation.Token));
        Assert.InRange(progress.Heard, 1, 5);
    }

    private DataOptions Named() => _folder.Options(_folder.Dataset() with { FallbackCaption = "x" });

    private List<DatasetFinding> Found(params FindingKind[] kinds) => [.. Examine(Named(), _limits).Findings.Where(finding => kinds.Contains(finding.Kind))];

    private static DoctorReport Examine(DataOptions options, DoctorOptions limits, bool withTokens = false) => DatasetDoctor.Examine(options, limits, withTokens ? Clip.Tokenizer : null);

    private sealed class Synchronous(List<DatasetProgress> heard) : IProgress<DatasetProgress>
    {
        public void Report(DatasetProgress value)
        {
            lock (heard) heard.Add(value);
        }
    }

    private sealed class Cancelling(CancellationTokenSource cancellation) : IProgress<DatasetProgress>
    {
        private int _heard;

        public int Heard => _heard;

        public void Report(DatasetProgress value)
        {
            Interlocked.Increment(ref _heard);
            cancellation.Cancel();
        }
    }
}
