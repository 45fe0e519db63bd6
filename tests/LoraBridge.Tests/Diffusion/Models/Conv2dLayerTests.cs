using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class Conv2dLayerTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(1, 1)]
    public void Forward_Wrapping_DoesNotKnowWhereThePictureBegins(long stride, long kernel)
    {
        using var scope = NewDisposeScope();
        using var layer = new Conv2dLayer(2, 3, kernel, stride, padding: kernel / 2) { Wraps = true };
        layer.Assign("weight", Tiny.Normal(1, 3, 2, kernel, kernel));
        layer.Assign("bias", Tiny.Normal(2, 3));
        var x = Tiny.Normal(3, 1, 2, 6, 8);
        var rolled = layer.call(x.roll([2, 4], [2, 3]));
        TensorAssert.Close(layer.call(x).roll([2 / stride, 4 / stride], [2, 3]), rolled, 1e-5);

        layer.Wraps = false;
        var plain = layer.call(x.roll([2, 4], [2, 3]));
        Assert.Equal(kernel == 1, TensorAssert.MaxDifference(plain, rolled) < 1e-5);
    }
}
