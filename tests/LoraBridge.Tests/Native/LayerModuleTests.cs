using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace LoraBridge.Tests.Native;

/// <summary>The modules over the functions that other tests hold against loops.</summary>
public class LayerModuleTests
{
    [Fact]
    public void Linear_OfParameters_UsesThem()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear(Parameter(tensor(new[] { 1f, 2f, 3f, 4f }).view(2, 2)), Parameter(tensor(new[] { 10f, 20f })));
        Assert.Equal([13, 27], OperatorCheck.Elements(linear.call(ones(1, 2))));
        Assert.Equal((2, 2), (linear.in_features, linear.out_features));
        using var withoutBias = Linear(3, 5, hasBias: false);
        Assert.Null(withoutBias.bias);
        Assert.Equal((3, 5), (withoutBias.in_features, withoutBias.out_features));
        Assert.Equal([5, 3], withoutBias.weight.shape);
    }

    [Fact]
    public void Conv2d_WithItsSettings_PassesThemOn()
    {
        using var scope = NewDisposeScope();
        using var conv = Conv2d(4, 6, (3, 1), (2, 1), (1, 0), (1, 2), groups: 2);
        var x = randn(2, 4, 7, 5);
        Assert.Equal([6, 2, 3, 1], conv.weight.shape);
        Assert.Equal([3, 1], conv.kernel_size);
        Assert.Equal([2, 1], conv.stride);
        Assert.Equal([1, 0], conv.padding!);
        Assert.Equal([1, 2], conv.dilation);
        Assert.Equal((4, 6, 2), (conv.in_channels, conv.out_channels, conv.groups));
        TensorAssert.Same(F.conv2d(x, conv.weight, conv.bias, [2, 1], [1, 0], [1, 2], 2).detach(), conv.call(x));
        Assert.Equal([6, 4, 5], conv.call(x[0]).shape);
    }

    [Fact]
    public void Conv2d_WithPaddingModes_PadsBeforehand()
    {
        using var scope = NewDisposeScope();
        var x = randn(1, 2, 5, 4);
        foreach (var mode in new[] { PaddingModes.Reflect, PaddingModes.Replicate, PaddingModes.Circular })
        {
            using var conv = Conv2d(2, 3, (3, 3), padding: (2, 1), padding_mode: mode);
            var padded = F.pad(x, (1, 1, 2, 2), mode);
            TensorAssert.Same(F.conv2d(padded, conv.weight, conv.bias).detach(), conv.call(x), $"{mode}");
        }
    }

    [Fact]
    public void Conv2d_WithNamedPadding_KeepsOrShrinksTheSize()
    {
        using var scope = NewDisposeScope();
        var x = randn(1, 2, 6, 6);
        using var same = Conv2d(2, 3, 3, Padding.Same, dilation: 2);
        using var valid = Conv2d(2, 3, 3, Padding.Valid);
        TensorAssert.Close(F.conv2d(x, same.weight, same.bias, padding: [2, 2], dilation: [2, 2]).detach(), same.call(x), 1e-6);
        Assert.Equal([1, 3, 4, 4], valid.call(x).shape);
        using var line = Conv1d(2, 3, 3, Padding.Same);
        Assert.Equal([1, 3, 8], line.call(randn(1, 2, 8)).shape);
    }

    [Fact]
    public void Convolution_OfTheWrongChannels_Throws()
    {
        using var scope = NewDisposeScope();
        using var conv = Conv2d(4, 4, 3);
        Assert.ThrowsAny<Exception>(() => conv.call(randn(1, 3, 8, 8)));
    }

    [Fact]
    public void ConvTranspose2d_WithItsSettings_PassesThemOn()
    {
        using var scope = NewDisposeScope();
        using var conv = ConvTranspose2d(2, 3, 4, stride: 2, padding: 1);
        var x = randn(1, 2, 5, 5);
        Assert.Equal([2, 3, 4, 4], conv.weight.shape);
        Assert.Equal([1, 3, 10, 10], conv.call(x).shape);
        TensorAssert.Same(F.conv_transpose2d(x, conv.weight, conv.bias, [2, 2], [1, 1]).detach(), conv.call(x));
    }

    [Fact]
    public void GroupNorm_WithItsSettings_PassesThemOn()
    {
        using var scope = NewDisposeScope();
        using var norm = GroupNorm(2, 4, eps: 1e-2);
        init.uniform_(norm.weight);
        init.uniform_(norm.bias!);
        var x = randn(2, 4, 3, 3);
        TensorAssert.Same(F.group_norm(x, 2, norm.weight, norm.bias, 1e-2).detach(), norm.call(x));
        using var bare = GroupNorm(2, 4, affine: false);
        Assert.Empty(bare.parameters());
        TensorAssert.Same(F.group_norm(x, 2), bare.call(x));
    }

    [Fact]
    public void LayerNorm_WithItsSettings_PassesThemOn()
    {
        using var scope = NewDisposeScope();
        using var norm = LayerNorm(new long[] { 3, 4 }, eps: 1e-2);
        var x = randn(2, 3, 4);
        Assert.Equal(12, norm.weight.sum().ToDouble());
        Assert.Equal(0, norm.bias!.abs().sum().ToDouble());
        TensorAssert.Same(F.layer_norm(x, [3, 4], norm.weight, norm.bias, 1e-2).detach(), norm.call(x));
        using var withoutBias = LayerNorm(4, bias: false);
        Assert.Null(withoutBias.bias);
        Assert.Single(withoutBias.parameters());
        using var bare = LayerNorm(4, elementwise_affine: false);
        Assert.Empty(bare.parameters());
    }

    [Fact]
    public void Embedding_OfIds_GivesTheirRowsAndAddsTheirGradients()
    {
        using var scope = NewDisposeScope();
        using var embedding = Embedding(4, 3, padding_idx: 1);
        var ids = tensor(new long[] { 2, 0, 2, 1 }).view(2, 2);
        var table = OperatorCheck.Elements(embedding.weight!);
        Assert.Equal([0, 0, 0], table[3..6]);

        var rows = embedding.call(ids);
        Assert.Equal([2, 2, 3], rows.shape);
        Assert.Equal([.. table[6..9], .. table[0..3], .. table[6..9], .. table[3..6]], OperatorCheck.Elements(rows));
        rows.sum().backward();
        Assert.Equal([1, 1, 1, 0, 0, 0, 2, 2, 2, 0, 0, 0], OperatorCheck.Elements(embedding.weight!.grad!));
    }

    [Fact]
    public void Embedding_FromATable_IsFrozenUnlessAsked()
    {
        using var scope = NewDisposeScope();
        var table = randn(3, 2);
        using var frozen = Embedding_from_pretrained(table);
        using var trained = Embedding_from_pretrained(table, freeze: false);
        Assert.False(frozen.weight!.requires_grad);
        Assert.True(trained.weight!.requires_grad);
        Assert.False(table.IsInvalid);
        TensorAssert.Same(table[2], frozen.call(tensor(2L)));
        Assert.Equal(["weight"], frozen.named_parameters().Select(entry => entry.name));
    }

    [Fact]
    public void Embedding_WithAGreatestNorm_ShortensTheRowsItReads()
    {
        using var scope = NewDisposeScope();
        using var embedding = Embedding(2, 2, max_norm: 1);
        init.constant_(embedding.weight!, 3);
        var rows = embedding.call(tensor(new long[] { 1 }));
        Assert.Equal(1, rows.norm().ToDouble(), 1e-5);
        Assert.Equal([3, 3], OperatorCheck.Elements(embedding.weight![0]));
    }

    [Fact]
    public void Embedding_OfAnIdBeyondTheTable_Throws()
    {
        using var scope = NewDisposeScope();
        using var embedding = Embedding(4, 3);
        Assert.ThrowsAny<Exception>(() => embedding.call(tensor(new long[] { 4 })));
    }

    [Fact]
    public void Activations_AsModules_AreTheirFunctions()
    {
        using var scope = NewDisposeScope();
        var x = randn(3, 4);
        (Module<Tensor, Tensor> Module, Tensor Expected)[] pairs =
        [
            (SiLU(), F.silu(x)), (GELU(), F.gelu(x)), (GELU(TorchSharp.Modules.GELU.Approximate.tanh), F.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh)),
            (ReLU(), F.relu(x)), (Sigmoid(), F.sigmoid(x)), (Tanh(), F.tanh(x)), (Softmax(1), F.softmax(x, 1)), (Identity(), x),
            (AvgPool2d(2), F.avg_pool2d(x.view(1, 3, 4), 2)), (MaxPool2d(2), F.max_pool2d(x.view(1, 3, 4), 2)),
        ];
        foreach (var (module, expected) in pairs)
        {
            var input = module is TorchSharp.Modules.AvgPool2d or TorchSharp.Modules.MaxPool2d ? x.view(1, 3, 4) : x;
            TensorAssert.Same(expected.view(-1), module.call(input).view(-1), module.GetName());
            Assert.Empty(module.parameters());
        }
        Assert.NotSame(x, Identity().call(x));
    }

    [Fact]
    public void Upsample_ByFactor_IsInterpolate()
    {
        using var scope = NewDisposeScope();
        var x = randn(1, 2, 3, 3);
        TensorAssert.Same(F.interpolate(x, scale_factor: [2, 2]), Upsample(scale_factor: [2, 2]).call(x));
        TensorAssert.Same(F.interpolate(x, [5, 4], mode: InterpolationMode.Bilinear, align_corners: true), Upsample([5, 4], mode: UpsampleMode.Bilinear, align_corners: true).call(x));
    }

    [Fact]
    public void Dropout_InEvaluation_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var dropout = Dropout(0.5);
        var x = ones(1000);
        Assert.InRange(dropout.call(x).count_nonzero().ToInt64(), 400, 600);
        dropout.eval();
        TensorAssert.Same(x, dropout.call(x));
    }

    [Fact]
    public void AvgPool2d_WithItsSettings_PassesThemOn()
    {
        using var scope = NewDisposeScope();
        var x = randn(1, 2, 6, 6);
        TensorAssert.Same(F.avg_pool2d(x, 3, 2, 1, false, false), AvgPool2d(3, 2, 1, count_include_pad: false).call(x));
        TensorAssert.Same(F.avg_pool2d(x, (3, 2), (1, 2)), AvgPool2d((3, 2), (1, 2)).call(x));
        TensorAssert.Same(F.max_pool2d(x, 3, 2, 1), MaxPool2d(3, 2, 1).call(x));
        TensorAssert.Same(F.max_pool2d(x, (3, 2), (1, 2)), MaxPool2d((3, 2), (1, 2)).call(x));
    }
}
