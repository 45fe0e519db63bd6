using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A convolution over one dimension: (B, C, L).</summary>
public sealed class Conv1d : Convolution
{
    internal Conv1d(ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype) : base(nameof(Conv1d), shape, bias, device, dtype)
    {
    }

    public override Tensor forward(Tensor input)
    {
        RequireChannels(input, 1);
        if (padding_mode != PaddingModes.Zeros)
        {
            using var padded = nn.functional.pad(input, PaddingAround(), padding_mode);
            return nn.functional.conv1d(padded, weight, bias, stride[0], 0, dilation[0], groups);
        }
        return padding_type is { } type
            ? nn.functional.conv1d_padding(input, weight, bias, stride[0], type, dilation[0], groups)
            : nn.functional.conv1d(input, weight, bias, stride[0], padding![0], dilation[0], groups);
    }
}

/// <summary>A convolution over two dimensions: (B, C, H, W).</summary>
public sealed class Conv2d : Convolution
{
    internal Conv2d(ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype) : base(nameof(Conv2d), shape, bias, device, dtype)
    {
    }

    public override Tensor forward(Tensor input)
    {
        RequireChannels(input, 2);
        if (padding_mode != PaddingModes.Zeros)
        {
            using var padded = nn.functional.pad(input, PaddingAround(), padding_mode);
            return nn.functional.conv2d(padded, weight, bias, stride, [0, 0], dilation, groups);
        }
        return padding_type is { } type
            ? nn.functional.conv2d_padding(input, weight, bias, stride, type, dilation, groups)
            : nn.functional.conv2d(input, weight, bias, stride, padding, dilation, groups);
    }
}

/// <summary>The transpose of a convolution over two dimensions: (B, C, H, W).</summary>
public sealed class ConvTranspose2d : Convolution
{
    internal ConvTranspose2d(ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype) : base(nameof(ConvTranspose2d), shape, bias, device, dtype)
    {
    }

    public override Tensor forward(Tensor input)
    {
        RequireChannels(input, 2);
        return nn.functional.conv_transpose2d(input, weight, bias, stride, padding, output_padding, dilation, groups);
    }
}
