import { mount } from 'svelte';
import App from './App.svelte';
import './styles/base.css';
import './styles/controls.css';
import './styles/tones.css';

const target = document.getElementById('app');
if (target) mount(App, { target });
