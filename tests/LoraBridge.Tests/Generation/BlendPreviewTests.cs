using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;

namespace LoraBridge.Tests.Generation;

public sealed class BlendPreviewTests : IDisposable
{
    private static readonly TextToImageRequest s_small = new() { Prompt = "a lighthouse", NegativePrompt = "fog", Width = 64, Height = 64, Steps = 3, Seed = 11, Sampler = "Euler a" };

    private readonly AdapterFolder _folder = new("linear", "locon");
    private readonly TextToImage _pipeline;

    public BlendPreviewTests() => _pipeline = Pipelines.Load(Pipelines.TinyModel, ComputeType.Float32, loraFolder: _folder.Path);

    public void Dispose()
    {
        _pipeline.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Euler a")]
    [InlineData("DPM++ 2M SDE")]
    [InlineData("DPM adaptive")]
    public void Preview_EachBlend_IsThePictureThatItIsAlone(string sampler)
    {
        var picture = s_small with { Sampler = sampler, Steps = 2 };
        var preview = _pipeline.Preview(new() { Picture = picture, Blends = BlendGrid.Of("linear", [0, 0.6], "locon", [0, -0.5]) });

        Assert.Equal(4, preview.Images.Count);
        foreach (var (blend, image) in BlendGrid.Of("linear", [0, 0.6], "locon", [0, -0.5]).Zip(preview.Images))
        {
            var alone = Assert.Single(_pipeline.Generate(picture with { Loras = blend.Loras }).Images);
            Assert.True(Distance(alone, image) <= 1);
            Assert.Equal(alone.Infotext, image.Infotext);
        }
        Assert.True(Distance(preview.Images[0], preview.Images[3]) > 1);
    }

    [Fact]
    public void Preview_InSmallerBatches_IsTheSame()
    {
        var request = new BlendPreviewRequest { Picture = s_small, Blends = BlendGrid.Of("linear", [0, 0.5, 1]) };
        var (together, apart) = (_pipeline.Preview(request), _pipeline.Preview(request with { PicturesAtOnce = 2 }));
        Assert.All(together.Images.Zip(apart.Images), pair => Assert.True(Distance(pair.First, pair.Second) <= 1));
    }

    [Fact]
    public void Preview_TagsOfThePrompt_ActInEveryBlend()
    {
        var preview = _pipeline.Preview(new() { Picture = s_small with { Prompt = "a lighthouse<lora:locon:0.7>" }, Blends = [new(), new() { Loras = [new("linear", 1, 0.5, null)] }] });
        var alone = _pipeline.Generate(s_small with { Prompt = "a lighthouse<lora:locon:0.7><lora:linear:1:0.5>" }).Images;
        Assert.True(Distance(Assert.Single(alone), preview.Images[1]) <= 1);
    }

    [Fact]
    public void Preview_SchedulesAndBlocksOfOneBlend_LeaveTheOthersAlone()
    {
        var scheduled = new LoraTag("linear", 0, 1, null) { Schedule = new() { Start = 0.5 } };
        var blocked = new LoraTag("linear", 0, 1, null) { Blocks = Blocks("out*0") };
        var preview = _pipeline.Preview(new() { Picture = s_small, Blends = [new(), new() { Loras = [scheduled] }, new() { Loras = [blocked] }] });

        Assert.True(Distance(Alone(), preview.Images[0]) <= 1);
        Assert.True(Distance(Alone(scheduled), preview.Images[1]) <= 1);
        Assert.True(Distance(Alone(blocked), preview.Images[2]) <= 1);
        Assert.True(Distance(preview.Images[1], preview.Images[2]) > 1);
    }

    [Fact]
    public void Preview_TheSheet_HoldsEveryPictureAndItsInfotext()
    {
        var preview = _pipeline.Preview(new() { Picture = s_small, Blends = BlendGrid.Of("linear", [0, 0.5, 1]), Columns = 3 });
        var sheet = preview.Sheet;
        Assert.True(sheet.Width > 3 * 64 && sheet.Height is > 64 and < 128);
        foreach (var image in preview.Images) Assert.Contains(image.Infotext, sheet.Text["blends"], StringComparison.Ordinal);
        Assert.Equal(preview.Images[1].Picture.Row(0).ToArray(), sheet.Row(sheet.Height - 8 - 64).Slice((8 + 64 + 8) * 3, 64 * 3).ToArray());
    }

    [Fact]
    public void Preview_WithoutBlends_NamesTheField()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _pipeline.Preview(new() { Picture = s_small }));
        Assert.Equal("Blends", error.ParamName);
    }

    private GeneratedImage Alone(params LoraTag[] loras) => Assert.Single(_pipeline.Generate(s_small with { Loras = loras }).Images);

    private static BlockWeights Blocks(string text) => Assert.Single(ExtraNetworkTags.Parse($"<lora:x:1:blocks={text}>").Loras([])).Blocks;

    private static int Distance(GeneratedImage one, GeneratedImage other) => one.Picture.Pixels.Zip(other.Picture.Pixels, (a, b) => Math.Abs(a - b)).Max();
}
