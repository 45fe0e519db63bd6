using LoraBridge.Tests.Imaging;
using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class DatasetReaderTests : IDisposable
{
    private readonly PictureFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scan_FlatFolder_TakesPicturesInNaturalOrder()
    {
        _folder.Captioned("a10.png", "ten").Captioned("a2.png", "two").Captioned("sub/b.png", "below").Text(".hidden.png", "x").Text("a2.preview.png", "x").Text("__MACOSX/a.png", "x").Text(".cache/b.png", "x");
        var scan = _folder.Scan();

        Assert.Empty(scan.Findings);
        Assert.Equal(["a2.png", "a10.png", "sub/b.png"], scan.Pictures.Select(picture => picture.Name));
        Assert.Equal(["two", "ten", "below"], scan.Pictures.Select(picture => picture.Caption));
        Assert.All(scan.Pictures, picture => Assert.Equal((1, 64, CaptionOrigin.File), (picture.Visits, picture.Fit.Bucket.Width, picture.CaptionOrigin)));
        Assert.Equal(["a2.png", "a10.png"], _folder.Scan(_folder.Dataset() with { IncludeSubfolders = false }).Pictures.Select(picture => picture.Name));
    }

    [Fact]
    public void Scan_RepeatFolders_SayRepeatsAndClass()
    {
        _folder.Picture("10_sks cat/a.png").Captioned("2_dog/b.png", "a dog").Picture("notes/c.png").Picture("d.png");
        var scan = _folder.Scan();

        Assert.Equal([(2, "dog"), (10, "sks cat")], scan.Folders.Select(folder => (folder.Repeats, folder.ClassTokens!)));
        Assert.Equal([("a dog", CaptionOrigin.File), ("sks cat", CaptionOrigin.ClassTokens)], scan.Pictures.Select(picture => (picture.Caption, picture.CaptionOrigin)));
        Assert.Equal([_folder.At("notes"), _folder.Root], scan.Findings.Where(finding => finding.Kind == FindingKind.IgnoredFolder).Select(finding => finding.Path));
        Assert.Contains("1_notes", scan.Findings[0].Cure);
    }

    [Fact]
    public void Scan_OneRepeatFolder_MeansWhatItsNameSays()
    {
        _folder.Picture("7_cat/a.png");
        var named = Assert.Single(_folder.Scan(_folder.Dataset("7_cat")).Folders);
        Assert.Equal((7, "cat", "7_cat"), (named.Repeats, named.ClassTokens, named.Name));
        var told = Assert.Single(_folder.Scan(_folder.Dataset("7_cat") with { Repeats = 3, ClassTokens = "lion" }).Folders);
        Assert.Equal((3, "lion"), (told.Repeats, told.ClassTokens));
        var flat = Assert.Single(_folder.Scan(_folder.Dataset() with { Layout = FolderLayout.Flat, FallbackCaption = "x" }).Folders);
        Assert.Equal((1, null), (flat.Repeats, flat.ClassTokens));
    }

    [Fact]
    public void Scan_CaptionSources_AreTakenInOrder()
    {
        _folder.Captioned("a.png", "beside").Captioned("b.png", "beside").Picture("c.png").Text("c.caption", "by ending").Picture("d.png").Text("metadata.csv", "filename,prompt\na.png,in the table\n");
        var scan = _folder.Scan(_folder.Dataset() with { FallbackCaption = "fallback" });

        Assert.Equal(["in the table", "beside", "by ending", "fallback"], scan.Pictures.Select(picture => picture.Caption));
        Assert.Equal([CaptionOrigin.Metadata, CaptionOrigin.File, CaptionOrigin.File, CaptionOrigin.Fallback], scan.Pictures.Select(picture => picture.CaptionOrigin));
        Assert.Equal("by ending", _folder.Scan(_folder.Dataset() with { FallbackCaption = "x", CaptionExtension = "caption" }).Pictures[2].Caption);
    }

    [Fact]
    public void Scan_MissingCaption_IsAnErrorOrLeftOut()
    {
        _folder.Captioned("a.png", "x").Picture("b.png");
        var scan = _folder.Scan();
        Assert.Equal((FindingKind.MissingCaption, FindingSeverity.Error, _folder.At("b.png")), KindAndPath(Assert.Single(scan.Findings)));
        var left = _folder.Scan(_folder.Dataset() with { WithoutCaption = UnusablePicture.LeaveOut });
        Assert.Equal(FindingSeverity.Warning, Assert.Single(left.Findings).Severity);
        Assert.Equal("a.png", Assert.Single(left.Pictures).Name);
        var trigger = _folder.Scan(_folder.Dataset() with { Captions = new() { TriggerWord = "sks" } });
        Assert.Equal(["sks, x", "sks"], trigger.Pictures.Select(picture => picture.CaptionAt(default)));
    }

    [Fact]
    public void Scan_Unreadable_IsAnErrorOrLeftOut()
    {
        _folder.Captioned("a.png", "x").Text("b.png", "no picture at all").Text("b.txt", "x").Text("c.png", "").Text("c.txt", "x");
        Assert.Equal([FindingSeverity.Error, FindingSeverity.Error], _folder.Scan().Findings.Select(finding => finding.Severity));
        var left = _folder.Scan(_folder.Dataset() with { Unreadable = UnusablePicture.LeaveOut });
        Assert.Equal([(FindingKind.Unreadable, FindingSeverity.Warning, _folder.At("b.png")), (FindingKind.Unreadable, FindingSeverity.Warning, _folder.At("c.png"))], left.Findings.Select(KindAndPath));
        Assert.Single(left.Pictures);
    }

    [Fact]
    public void Scan_Leftovers_AreReported()
    {
        _folder.Captioned("a.png", "x").Text("lost.txt", "x").Picture("b.png").Picture("b.jpg").Text("b.txt", "x").Text("c.avif", "x").Text("metadata.csv", "filename,prompt\na.png,x\ngone.png,y\n");
        Assert.Equal(
            [(FindingKind.UnsupportedFormat, FindingSeverity.Warning, _folder.At("c.avif")),
                (FindingKind.AmbiguousName, FindingSeverity.Warning, _folder.At("b.jpg")),
                (FindingKind.CaptionWithoutPicture, FindingSeverity.Warning, _folder.At("lost.txt")),
                (FindingKind.MetadataWithoutPicture, FindingSeverity.Warning, _folder.At("metadata.csv"))],
            _folder.Scan().Findings.Select(KindAndPath));
    }

    [Fact]
    public void Scan_FoldersWithoutPictures_AreErrors()
    {
        _folder.Text("empty/readme.md", "x").Text("captions/a.txt", "x");
        var findings = _folder.Scan(_folder.Dataset("empty"), _folder.Dataset("captions"), _folder.Dataset("nowhere"), _folder.Dataset("empty") with { Layout = FolderLayout.Repeats }).Findings;

        Assert.All(findings, finding => Assert.Equal(FindingSeverity.Error, finding.Severity));
        Assert.Equal([FindingKind.MissingFolder, FindingKind.EmptyFolder, FindingKind.EmptyFolder, FindingKind.EmptyFolder], findings.Select(finding => finding.Kind));
        Assert.Contains(findings, finding => finding.Sentence == "There are 1 captions but no pictures.");
        Assert.Contains(findings, finding => finding.Cure.Contains("10_cat", StringComparison.Ordinal));
    }

    [Fact]
    public void Scan_MetadataOfTheRoot_ServesItsFolders()
    {
        _folder.Picture("1_a/x.png").Picture("2_b/x.png").Text("metadata.jsonl", "{\"file_name\": \"1_a/x.png\", \"text\": \"first\"}\n{\"file_name\": \"2_b/x.png\", \"text\": \"second\"}\n");
        var scan = _folder.Scan();
        Assert.Empty(scan.Findings);
        Assert.Equal(["first", "second"], scan.Pictures.Select(picture => picture.Caption));
    }

    [Fact]
    public void Scan_OneRowForSeveralPictures_IsReported()
    {
        _folder.Picture("x/a.png").Picture("y/a.png").Text("metadata.csv", "filename,prompt\na.png,both\n");
        var scan = _folder.Scan();
        Assert.Equal(["both", "both"], scan.Pictures.Select(picture => picture.Caption));
        Assert.Equal((FindingKind.AmbiguousName, FindingSeverity.Warning, _folder.At("metadata.csv")), KindAndPath(Assert.Single(scan.Findings)));
    }

    [Fact]
    public void Scan_JsonBesidePictures_IsReadForItsCaption()
    {
        _folder.Picture("a.png").Text("a.json", "{\"caption\": \"a cat\", \"tags\": \"sofa\"}").Picture("b.png").Text("b.json", "{}");
        var scan = _folder.Scan(_folder.Dataset() with { CaptionExtension = ".json", FallbackCaption = "x" });
        Assert.Equal(["a cat, sofa", "x"], scan.Pictures.Select(picture => picture.Caption));
        Assert.Equal((FindingKind.BrokenMetadata, FindingSeverity.Error, _folder.At("b.json")), KindAndPath(Assert.Single(scan.Findings)));
    }

    [Fact]
    public void Scan_LinkToAFolderAbove_IsNotFollowed()
    {
        _folder.Captioned("sub/a.png", "x");
        Directory.CreateSymbolicLink(_folder.At("sub/loop"), _folder.Root);
        Assert.Equal("sub/a.png", Assert.Single(_folder.Scan().Pictures).Name);
    }

    [Fact]
    public void Scan_MetadataFile_IsNamedOrBroken()
    {
        _folder.Picture("a.png").Text("lists/kohya.json", "{\"a\": {\"tags\": \"x\"}}").Text("broken.json", "{");
        Assert.Equal("x", Assert.Single(_folder.Scan(_folder.Dataset() with { MetadataFile = "lists/kohya.json" }).Pictures).Caption);
        var fallback = _folder.Dataset() with { FallbackCaption = "x" };
        Assert.Equal(FindingKind.BrokenMetadata, Assert.Single(_folder.Scan(fallback with { MetadataFile = "broken.json" }).Findings).Kind);
        Assert.Equal(FindingKind.MissingFolder, Assert.Single(_folder.Scan(fallback with { MetadataFile = "gone.json" }).Findings).Kind);
    }

    [Fact]
    public void Scan_Masks_AreFoundByNameAndAreNoPictures()
    {
        _folder.Captioned("a.png", "x").Captioned("sub/b.png", "x").Captioned("c.png", "x").Captioned("d.png", "x").Picture("masks/a.png").Picture("masks/sub/b.webp").Picture("c-masklabel.png");
        var scan = _folder.Scan(_folder.Dataset() with { MaskFolder = "masks" });

        Assert.Equal(["a.png", "c.png", "d.png", "sub/b.png"], scan.Pictures.Select(picture => picture.Name));
        Assert.Equal([_folder.At("masks/a.png"), _folder.At("c-masklabel.png"), null, _folder.At("masks/sub/b.webp")], scan.Pictures.Select(picture => picture.MaskPath));
        Assert.Equal((FindingKind.MissingMask, FindingSeverity.Warning, _folder.At("d.png")), KindAndPath(Assert.Single(scan.Findings)));
        Assert.Equal(FindingKind.MissingFolder, _folder.Scan(_folder.Dataset() with { MaskFolder = "no", FallbackCaption = "x" }).Findings[0].Kind);
    }

    [Fact]
    public void Scan_OtherEncoding_IsReadAndReported()
    {
        _folder.Picture("a.png").Bytes("a.txt", [(byte)'c', (byte)'a', (byte)'f', 0xe9]);
        var scan = _folder.Scan();
        Assert.Equal("café", scan.Pictures[0].Caption);
        Assert.Equal((FindingKind.CaptionEncoding, FindingSeverity.Warning, _folder.At("a.txt")), KindAndPath(Assert.Single(scan.Findings)));
    }

    [Fact]
    public void Scan_TurnedPicture_GetsTheBucketOfItsUprightSize()
    {
        var fixture = PictureFixtures.All.First(fixture => fixture.Orientation >= 5 && fixture.Broken is null);
        _folder.Bytes(fixture.File, PictureFixtures.Bytes(fixture.File));
        var picture = Assert.Single(_folder.Scan(_folder.Dataset() with { FallbackCaption = "x" }).Pictures);
        Assert.Equal((picture.Info.StoredHeight, picture.Info.StoredWidth), (picture.Width, picture.Height));
        Assert.Equal(new BucketTable(PictureFolder.SmallBuckets).Fit(picture.Width, picture.Height), picture.Fit);
    }

    [Fact]
    public void Scan_OwnResolution_HasOwnBuckets()
    {
        _folder.Captioned("a/a.png", "x").Captioned("b/b.png", "x");
        var scan = _folder.Scan(_folder.Dataset("a"), _folder.Dataset("b") with { Width = 96, Height = 96 });
        Assert.Equal([64, 96], scan.Pictures.Select(picture => picture.Fit.Bucket.Width));
    }

    [Fact]
    public void Scan_TooThinForNoUpscale_IsAnError()
    {
        _folder.Captioned("a.png", "x", 4, 64);
        var scan = DatasetReader.Scan(_folder.Options() with { Buckets = PictureFolder.SmallBuckets with { NoUpscale = true } });
        Assert.Equal((FindingKind.Small, FindingSeverity.Error, _folder.At("a.png")), KindAndPath(Assert.Single(scan.Findings)));
    }

    [Fact]
    public void Scan_Cancelled_Ends()
    {
        _folder.Captioned("a.png", "x");
        Assert.Throws<OperationCanceledException>(() => DatasetReader.Scan(_folder.Options(), cancellation: new(canceled: true)));
    }

    private static (FindingKind, FindingSeverity, string) KindAndPath(DatasetFinding finding) => (finding.Kind, finding.Severity, finding.Path);
}
