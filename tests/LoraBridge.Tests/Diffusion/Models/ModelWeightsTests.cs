using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Goldens;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class ModelWeightsTests
{
    [Theory]
    [InlineData("unet", 686, 859_520_964)]
    [InlineData("vae", 248, 83_653_863)]
    [InlineData("text", 196, 123_060_480)]
    public void Fill_StableDiffusion15OnMeta_HasTheApprovedNamesAndShapes(string part, int tensors, long parameters)
    {
        using var scope = NewDisposeScope();
        using var model = Sd15(part);
        ModelWeights.Fill(model, (_, shape) => empty(shape, dtype: float16, device: META));

        var actual = model.named_parameters().Select(entry => (entry.name, Shape: entry.parameter.shape)).ToArray();

        Assert.Equal(tensors, actual.Length);
        Assert.Equal(parameters, actual.Sum(entry => entry.Shape.Aggregate(1L, (a, b) => a * b)));
        Assert.Equal(Approved($"sd15-{part}.txt"), actual.Select(entry => Line(entry.name, entry.Shape)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("unet")]
    [InlineData("vae")]
    [InlineData("text")]
    public void Shapes_BeforeFilling_AreThoseOfTheParametersAfter(string part)
    {
        using var scope = NewDisposeScope();
        using var model = Sd15(part);
        var before = ModelWeights.Shapes(model).Select(slot => Line(slot.Name, slot.Shape)).Order(StringComparer.Ordinal).ToArray();
        Assert.Empty(model.named_parameters());

        ModelWeights.Fill(model, (_, shape) => empty(shape, dtype: float16, device: META));

        Assert.Equal(before, model.named_parameters().Select(entry => Line(entry.name, entry.parameter.shape)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Fill_Always_MakesParametersThatNeedNoGradient()
    {
        using var model = Tiny.Text();
        Assert.DoesNotContain(model.parameters(), parameter => parameter.requires_grad);
    }

    [Fact]
    public void MultiplyIn_BFloat16_ChangesProductsAloneAndGradientsStayFloat32()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Text();
        var ids = arange(77, dtype: int64, device: CPU).unsqueeze(0);
        var exact = model.call(ids, 1);
        foreach (var parameter in model.parameters()) parameter.requires_grad = true;

        ModelWeights.MultiplyIn(model, ScalarType.BFloat16);
        var rounded = model.call(ids, 1);
        rounded.square().mean().backward();

        Assert.Equal(ScalarType.Float32, rounded.dtype);
        var difference = TensorAssert.MaxDifference(exact, rounded.detach());
        Assert.InRange(difference, 1e-5, 0.2);
        Assert.All(model.parameters(), parameter => Assert.True(parameter.grad is null || parameter.grad.dtype == ScalarType.Float32));
        Assert.Contains(model.parameters(), parameter => parameter.grad is not null);

        ModelWeights.MultiplyIn(model, null);
        TensorAssert.Same(exact, model.call(ids, 1).detach());
    }

    [Fact]
    public void Call_WithoutTensors_SaysWhatToDo()
    {
        using var scope = NewDisposeScope();
        using var model = new ClipTextModel(ClipTextConfig.Tiny);
        var error = Assert.Throws<InvalidOperationException>(() => model.call(zeros([1, 77], dtype: int64, device: CPU), 1));
        Assert.Contains("load the model", error.Message, StringComparison.Ordinal);
    }

    private static nn.Module Sd15(string part) => part switch
    {
        "unet" => new UNet2DConditionModel(UNetConfig.Sd15),
        "vae" => new AutoencoderKL(AutoencoderConfig.Sd15),
        _ => new ClipTextModel(ClipTextConfig.Sd15),
    };

    private static string Line(string name, long[] shape) => $"{name} [{string.Join(", ", shape)}]";

    private static string[] Approved(string file) => File.ReadAllLines(Path.Combine(GoldenFolders.Fixtures, "approved", file));
}
