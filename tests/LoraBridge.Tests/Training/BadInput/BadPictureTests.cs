using LoraBridge.Imaging;
using LoraBridge.Tests.Goldens;
using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.BadInput;

/// <summary>Runs on pictures, captions and masks that are damaged, of the wrong kind, or changed while the run is under way.</summary>
[Collection(ProcessWide.Name)]
public sealed class BadPictureTests
{
    private static readonly Dictionary<string, Mistake> s_mistakes = new()
    {
        ["empty"] = new(run => With(run, "6.png", []), "6.png", "empty", "LeaveOut"),
        ["cut short in its header"] = new(run => With(run, "6.png", Png()[..20]), "6.png", "LeaveOut"),
        ["cut short in its pixels"] = new(run => With(run, "6.png", Png()[..^40]), "6.png", "cannot be read"),
        ["pixels damaged"] = new(run => With(run, "6.png", Damaged()), "6.png", "cannot be read"),
        ["text that is called a picture"] = new(run => With(run, "6.png", "this is no picture"u8.ToArray()), "6.png", "not a PNG, JPEG, WebP, GIF or BMP", "Convert it"),
        ["web page that is called a picture"] = new(run => With(run, "6.jpg", "<!DOCTYPE html><html>404</html>"u8.ToArray()), "6.jpg", "Convert it"),
        ["JPEG without pixels"] = new(run => With(run, "6.jpg", Fixture("header-only.jpg")), "6.jpg"),
        ["JPEG damaged"] = new(run => With(run, "6.jpg", Fixture("header-only.jpg")[..30]), "6.jpg"),
        ["more pixels than anybody has"] = new(run => With(run, "6.png", Fixture("huge.png")), "6.png", "pixels"),
        ["PNG without palette"] = new(run => With(run, "6.png", Fixture("no-palette.png")), "6.png"),
        ["too small for any bucket"] = new(run => Alone(With(run, "6.png", Png(4, 4)), buckets => buckets with { NoUpscale = true }), "6.png", "no bucket", "enlarge it"),
        ["formats that are not read"] = new(run => run.Options with { Data = [new() { Folder = Path.GetDirectoryName(run.Write("photos/a.heic", "x"))! }] }, "photos", "no pictures", ".png, .jpg"),
        ["every picture broken and left out"] = new(run =>
        {
            for (var i = 0; i < 6; i++) run.Write($"pictures/{i}.png", "x");
            return run.Options with { Data = [new() { Folder = run.Pictures, Unreadable = UnusablePicture.LeaveOut }] };
        }, "pictures", "no picture to train on", "doctor"),

        ["no caption"] = new(run =>
        {
            run.Write("pictures/6.png", Png());
            return run.Options;
        }, "6.png", "has no caption", "FallbackCaption"),
        ["no caption anywhere and left out"] = new(run =>
        {
            for (var i = 0; i < 6; i++) File.Delete(Path.Combine(run.Pictures, $"{i}.txt"));
            return run.Options with { Data = [new() { Folder = run.Pictures, WithoutCaption = UnusablePicture.LeaveOut }] };
        }, "no picture to train on"),
        ["table without column names"] = new(run => Table(run, "metadata.csv", "0.png,a cat\n1.png,a dog\n"), "metadata.csv", "does not name the columns", "filename,prompt"),
        ["table with more columns than names"] = new(run => Table(run, "metadata.csv", "filename,prompt,rating\n0.png,a cat, on a mat, asleep\n"), "metadata.csv", "Line 2", "double quotes"),
        ["table empty"] = new(run => Table(run, "metadata.csv", ""), "metadata.csv", "filename,prompt"),
        ["line that is no JSON"] = new(run => Table(run, "metadata.jsonl", "{\"file_name\": \"0.png\", \"text\": \"a\"}\n{oops\n"), "metadata.jsonl", "Line 2", "Correct it"),
        ["line without a picture"] = new(run => Table(run, "metadata.jsonl", "{\"text\": \"a\"}\n"), "metadata.jsonl", "Line 1", "names no picture"),
        ["line without a caption"] = new(run => Table(run, "metadata.jsonl", "{\"file_name\": \"0.png\", \"size\": 3}\n"), "metadata.jsonl", "no caption"),
        ["JSON of a list"] = new(run => Table(run, "metadata.json", "[1, 2]"), "metadata.json", "JSON object"),
        ["JSON caption without text"] = new(run => run.Options with { Data = [new() { Folder = Path.GetDirectoryName(run.Write("pictures/0.json", "{\"rating\": 1}"))!, CaptionExtension = ".json" }] }, "0.png", "no caption", "caption"),

        ["mask damaged"] = new(run => Masked(run, "x"u8.ToArray()), "masks/0.png", "not a PNG"),
        ["mask empty"] = new(run => Masked(run, []), "masks/0.png", "empty"),
    };

    public static TheoryData<string> Mistakes => Mistake.Names(s_mistakes);

    [Theory, MemberData(nameof(Mistakes))]
    public void Run_BadPicture_IsRefusedWithItsNameAndTheCure(string mistake) => BadRun.Refuses(s_mistakes[mistake]);

    [Fact]
    public void Run_BrokenPicturesLeftOut_TrainsTheOthersAndNamesThem()
    {
        using var run = new BadRun();
        run.Write("pictures/6.png", []);
        run.Write("pictures/5.png", Png()[..30]);
        run.Warns(Short(run) with { Data = [new() { Folder = run.Pictures, Unreadable = UnusablePicture.LeaveOut }] }, "6.png", "empty");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 600)]
    [InlineData(3000, 7)]
    public void Run_PictureOfAnOddSize_TrainsAllTheSame(int width, int height)
    {
        using var run = new BadRun();
        var before = run.Inputs();
        run.Write("pictures/6.png", Png(width, height));
        run.Write("pictures/6.txt", "odd");
        Assert.True(LoraTrainer.Run(Short(run), BadRun.Host).Proof!.IsSound);
        run.LostNothing(before);
    }

    [Fact]
    public void Run_CaptionInAnotherEncoding_WarnsAndTrains()
    {
        using var run = new BadRun();
        run.Write("pictures/0.txt", [0xd6, 0xd0, 0xce, 0xc4]);                  // GB 18030
        run.Warns(Short(run), "0.txt", "not UTF-8", "save it as UTF-8");
    }

    [Fact]
    public void Run_CaptionLongerThanTheTextEncoderReads_Trains()
    {
        using var run = new BadRun();
        run.Write("pictures/0.txt", string.Join(", ", Enumerable.Repeat("a very long caption", 400)));
        Assert.True(LoraTrainer.Run(Short(run), BadRun.Host).IsComplete);
    }

    [Fact]
    public void Run_MaskOfAnotherSize_IsBroughtToThePictures()
    {
        using var run = new BadRun();
        run.Write("masks/0.png", Png(17, 90));
        Assert.True(LoraTrainer.Run(Short(run) with { Data = [new() { Folder = run.Pictures, MaskFolder = run.At("masks") }], Loss = new() { Masked = true } }, BadRun.Host).IsComplete);
    }

    [Fact]
    public void Run_TableThatNamesOtherPictures_ListsThem()
    {
        using var run = new BadRun();
        run.Write("pictures/metadata.csv", "filename,prompt\nnobody.png,a cat\n");
        run.Warns(Short(run), "metadata.csv", "nobody.png", "Correct the names");
    }

    [Fact]
    public void Run_BatchLargerThanTheSet_TakesWhatThereIs()
    {
        using var run = new BadRun();
        Assert.Equal(1, LoraTrainer.Run(Short(run) with { Loop = run.Options.Loop with { BatchSize = 64, Epochs = 1 } }, BadRun.Host).Steps);
    }

    [Fact]
    public void Run_OnePictureAndAShareToSetAside_TrainsItAndSaysThatNothingIsValidated()
    {
        using var run = new BadRun();
        for (var i = 1; i < 6; i++) File.Delete(Path.Combine(run.Pictures, $"{i}.png"));
        run.Warns(Short(run) with { Validation = new() { Split = 0.5 } }, "validation.split", "not validated");
    }

    [Fact]
    public void Run_OnePictureAndEarlyStop_IsRefused()
    {
        using var run = new BadRun();
        for (var i = 1; i < 6; i++) File.Delete(Path.Combine(run.Pictures, $"{i}.png"));
        run.Fails(run.Options with { Validation = new() { Split = 0.5 }, EarlyStop = new() { Patience = 2 } }, BadRun.Host, "validation.split", "earlyStop");
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("cut short")]
    [InlineData("another size")]
    public void Run_PictureThatChangesAfterItWasFound_IsNamed(string change)
    {
        using var run = new BadRun();
        var path = run.Write("pictures/6.png", Png());
        run.Write("pictures/6.txt", "a cat");
        var host = BadRun.Host with { Progress = new EventHeard(what => { if (what is TrainingStage { Name: "loading the model" }) Change(path, change); }) };
        var error = Record.Exception(() => LoraTrainer.Run(run.Options, host));
        Assert.Contains("6.png", Assert.IsType<DatasetException>(error).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run.Output, "pattern.safetensors")));
    }

    [Fact]
    public void Run_PictureThatVanishesAmongTheSteps_EndsWithItsNameAndGoesOnWhenItIsBack()
    {
        using var run = new BadRun();
        var options = run.Options with { Cache = new() { Latents = false }, Saving = run.Options.Saving with { EverySteps = 2, Name = "fresh" } };
        var whole = File.ReadAllBytes(LoraTrainer.Run(options, BadRun.Host).Path);
        foreach (var file in Directory.GetFiles(run.Output, "fresh*")) File.Delete(file);

        var (picture, away) = (Path.Combine(run.Pictures, "2.png"), run.At("2.png"));
        var tensors = ProcessWide.CountTensors();
        var host = BadRun.Host with { Progress = new EventHeard(what => { if (what is TrainingStepDone { Step: 4 }) File.Move(picture, away); }) };
        var error = Assert.Throws<DatasetException>(() => LoraTrainer.Run(options, host));
        Assert.Contains("2.png", error.Message, StringComparison.Ordinal);
        Assert.Equal(tensors, ProcessWide.CountTensors());

        File.Move(away, picture);
        var resumed = LoraTrainer.Run(options with { Loop = options.Loop with { Resume = "latest" } }, BadRun.Host);
        Assert.Equal(whole, File.ReadAllBytes(resumed.Path));
    }

    private static void Change(string path, string change)
    {
        if (change == "delete") File.Delete(path);
        else File.WriteAllBytes(path, change == "cut short" ? Png()[..60] : Png(32, 80));
    }

    private static byte[] Png(int width = 64, int height = 64) => PictureFile.Encode(new Picture(width, height, 3));

    private static byte[] Damaged()
    {
        var bytes = Png();
        for (var i = 60; i < bytes.Length - 20; i++) bytes[i] ^= 0x5a;
        return bytes;
    }

    private static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(GoldenFolders.Fixtures, "pictures", name));

    private static TrainingOptions Short(BadRun run) => run.Options with { Loop = run.Options.Loop with { Epochs = 1 } };

    private static TrainingOptions With(BadRun run, string name, byte[] bytes)
    {
        run.Write(Path.Combine("pictures", name), bytes);
        run.Write("pictures/6.txt", "a cat");
        return run.Options;
    }

    private static TrainingOptions Alone(TrainingOptions options, Func<BucketOptions, BucketOptions> change) =>
        options with { Buckets = change(options.Buckets), Data = [options.Data[0] with { FallbackCaption = "x" }] };

    private static TrainingOptions Table(BadRun run, string name, string text) =>
        run.Options with { Data = [new() { Folder = run.Pictures, MetadataFile = Path.GetFileName(run.Write(Path.Combine("pictures", name), text)) }] };

    private static TrainingOptions Masked(BadRun run, byte[] mask)
    {
        run.Write("masks/0.png", mask);
        return run.Options with { Data = [new() { Folder = run.Pictures, MaskFolder = run.At("masks") }], Loss = new() { Masked = true } };
    }
}
