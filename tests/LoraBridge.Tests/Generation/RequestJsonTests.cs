using System.Text.Json;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Generation;

/// <summary>Requests travel between processes as JSON.</summary>
public sealed class RequestJsonTests
{
    private static readonly LoraTag s_tag = new("ink", 0.5, 0.7, 8) { Schedule = new() { Start = 0.2, To = 0.5 }, Blocks = new() { Mid = 0, Inputs = [1, 0.5] } };

    [Fact]
    public void TextToImageRequest_ThereAndBack_IsTheSame()
    {
        TextToImageRequest request = new()
        {
            Prompt = "a",
            Loras = [s_tag],
            LoraFiles = new Dictionary<string, string> { ["x"] = "x.safetensors" },
            Eta = 0.3,
            Hires = new() { Scale = 1.5 },
            Refiner = new("other.safetensors", 0.7),
            Previews = new() { Kind = PreviewKind.Full },
            Sampling = new() { Churn = 3, Scheduler = new() { Rho = 3 }, UniPc = new() { Order = 2 } },
            Guidance = new() { NegativeDownTo = 1 },
            Infotext = new() { User = "me" },
        };
        var back = Assert.IsType<TextToImageRequest>(There(request));
        Assert.Equal(s_tag, Assert.Single(back.Loras));
        Assert.Equal(request.LoraFiles, back.LoraFiles);
        Assert.Equal(request, back with { Loras = request.Loras, LoraFiles = request.LoraFiles });
    }

    [Fact]
    public void ImageToImageRequest_ThereAndBack_HasItsPictures()
    {
        ImageToImageRequest request = new() { InitPictures = [[1, 2, 3], [4]], Mask = [5, 6], Background = new Rgb(1, 2, 3), ResizeMode = PictureResizeMode.Fill, Inpaint = new() { BlurX = 9 } };
        var back = Assert.IsType<ImageToImageRequest>(There(request));
        Assert.Equal(request.InitPictures, back.InitPictures);
        Assert.Equal(request.Mask, back.Mask);
        Assert.Equal(request, back with { InitPictures = request.InitPictures, Mask = request.Mask, Loras = request.Loras, LoraFiles = request.LoraFiles });
    }

    [Fact]
    public void Validate_PicturesThatDoNotFitTheBatch_SaysWhatToDo()
    {
        Assert.Contains("give the picture to begin with", Assert.Throws<ArgumentException>(() => new ImageToImageRequest().Validate()).Message, StringComparison.Ordinal);
        var error = Assert.Throws<ArgumentException>(() => new ImageToImageRequest { InitPictures = [[], [], []], BatchSize = 2 }.Validate());
        Assert.Contains("holds 3 pictures for batches of 2", error.Message, StringComparison.Ordinal);
    }

    private static PictureRequest There(PictureRequest request) => JsonSerializer.Deserialize<PictureRequest>(JsonSerializer.Serialize(request))!;
}
