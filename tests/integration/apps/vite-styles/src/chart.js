import './chart.css'
import { double } from './vendor/pure.js'

export const draw = () => `drawn ${double(2)}`
